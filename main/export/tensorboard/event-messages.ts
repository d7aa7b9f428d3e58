// The protocol buffers of TensorBoard's event files, as far as scalars and HParams need them. Field numbers
// from tensorboard/compat/proto/{event,summary,tensor}.proto and plugins/hparams/{api,plugin_data}.proto;
// unknown fields of other writers are skipped.
import protobuf from 'protobufjs/light.js';

const field = (id: number, type: string) => ({ id, type });
/** Typed by hand: protobufjs's types of a message's fields do not list maps. */
const hparamMap: protobuf.IMapField = { id: 1, keyType: 'string', type: 'AnyValue' };
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      oneofs: { what: { oneof: ['fileVersion', 'summary', 'sessionLog'] } },
      fields: {
        wallTime: field(1, 'double'),
        step: field(2, 'int64'),
        fileVersion: field(3, 'string'),
        summary: field(5, 'Summary'),
        sessionLog: field(7, 'SessionLog'),
      },
    },
    SessionLog: { fields: { status: field(1, 'int32') } },
    Summary: { fields: { value: repeated(1, 'Value') } },
    Value: {
      oneofs: { value: { oneof: ['simpleValue', 'tensor'] } },
      fields: {
        tag: field(1, 'string'),
        simpleValue: field(2, 'float'),
        tensor: field(8, 'Tensor'),
        metadata: field(9, 'Metadata'),
      },
    },
    Metadata: { fields: { pluginData: field(1, 'PluginData') } },
    PluginData: { fields: { pluginName: field(1, 'string'), content: field(2, 'bytes') } },
    Tensor: {
      fields: {
        dtype: field(1, 'int32'),
        shape: field(2, 'Shape'),
        content: field(4, 'bytes'),
        floatVal: repeated(5, 'float'),
        doubleVal: repeated(6, 'double'),
        intVal: repeated(7, 'int32'),
        int64Val: repeated(10, 'int64'),
      },
    },
    Shape: { fields: { dim: repeated(2, 'Dim') } },
    Dim: { fields: { size: field(1, 'int64') } },
    HParamsPluginData: {
      oneofs: { data: { oneof: ['experiment', 'sessionStartInfo', 'sessionEndInfo'] } },
      fields: {
        version: field(1, 'int32'),
        experiment: field(2, 'Experiment'),
        sessionStartInfo: field(3, 'SessionStartInfo'),
        sessionEndInfo: field(4, 'SessionEndInfo'),
      },
    },
    Experiment: {
      fields: {
        description: field(1, 'string'),
        timeCreatedSecs: field(3, 'double'),
        hparamInfos: repeated(4, 'HParamInfo'),
        metricInfos: repeated(5, 'MetricInfo'),
        name: field(6, 'string'),
      },
    },
    HParamInfo: { fields: { name: field(1, 'string'), type: field(4, 'int32') } },
    MetricInfo: { fields: { name: field(1, 'MetricName'), displayName: field(3, 'string') } },
    MetricName: { fields: { group: field(1, 'string'), tag: field(2, 'string') } },
    SessionStartInfo: {
      fields: {
        hparams: hparamMap,
        groupName: field(4, 'string'),
        startTimeSecs: field(5, 'double'),
      },
    },
    SessionEndInfo: { fields: { status: field(1, 'int32'), endTimeSecs: field(2, 'double') } },
    /** google.protobuf.Value */
    AnyValue: {
      oneofs: { kind: { oneof: ['numberValue', 'stringValue', 'boolValue'] } },
      fields: {
        numberValue: field(2, 'double'),
        stringValue: field(3, 'string'),
        boolValue: field(4, 'bool'),
      },
    },
  },
});

export interface TensorMessage {
  readonly dtype?: number;
  readonly shape?: { readonly dim?: readonly { readonly size?: number }[] };
  readonly content?: Uint8Array;
  readonly floatVal?: readonly number[];
  readonly doubleVal?: readonly number[];
  readonly intVal?: readonly number[];
  readonly int64Val?: readonly number[];
}

export interface ValueMessage {
  readonly tag?: string;
  readonly simpleValue?: number;
  readonly tensor?: TensorMessage;
  readonly metadata?: {
    readonly pluginData?: { readonly pluginName?: string; readonly content?: Uint8Array };
  };
}

/** What is at its default may be absent. */
export interface EventMessage {
  /** Seconds since 1970. */
  readonly wallTime?: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly summary?: { readonly value?: readonly ValueMessage[] };
  /** Status 1 is START: what came before with this step or a later one is void. */
  readonly sessionLog?: { readonly status?: number };
}

export type HParamValue =
  | { readonly numberValue: number }
  | { readonly stringValue: string }
  | { readonly boolValue: boolean };

export interface HParamsMessage {
  readonly version?: number;
  readonly experiment?: {
    readonly name?: string;
    readonly timeCreatedSecs?: number;
    readonly hparamInfos?: readonly { readonly name?: string; readonly type?: number }[];
    readonly metricInfos?: readonly {
      readonly name?: { readonly group?: string; readonly tag?: string };
      readonly displayName?: string;
    }[];
  };
  readonly sessionStartInfo?: {
    readonly hparams?: Readonly<Record<string, HParamValue>>;
    readonly groupName?: string;
    readonly startTimeSecs?: number;
  };
  readonly sessionEndInfo?: { readonly status?: number; readonly endTimeSecs?: number };
}

const eventType = root.lookupType('Event');
const hparamsType = root.lookupType('HParamsPluginData');

export function encodeEvent(event: EventMessage): Uint8Array {
  return eventType.encode(eventType.fromObject(event)).finish();
}

/** @throws Error of protobufjs where the bytes are no such message */
export function decodeEvent(bytes: Uint8Array): EventMessage {
  return eventType.toObject(eventType.decode(bytes), { longs: Number });
}

export function encodeHParams(message: HParamsMessage): Uint8Array {
  return hparamsType.encode(hparamsType.fromObject(message)).finish();
}

export function decodeHParams(bytes: Uint8Array): HParamsMessage {
  return hparamsType.toObject(hparamsType.decode(bytes), { longs: Number });
}
