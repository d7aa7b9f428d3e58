// Types for the protobuf classes that ship inside tfjs-node (dist/proto/api_pb), as far as graphs
// need them. Bytes are base64 text in their setters.

export interface AttrValue {
  setType(value: number): void;
  setB(value: boolean): void;
  setI(value: number): void;
  setF(value: number): void;
  setS(base64: string): void;
  setShape(value: TensorShape): void;
  setTensor(value: TensorProto): void;
  setList(value: ListValue): void;
}

export interface ListValue {
  setIList(values: readonly number[]): void;
  setFList(values: readonly number[]): void;
  setBList(values: readonly boolean[]): void;
}

export interface Dim {
  setSize(value: number): void;
}

export interface TensorShape {
  addDim(dim: Dim): void;
}

export interface TensorProto {
  setDtype(value: number): void;
  setTensorShape(value: TensorShape): void;
  setTensorContent(base64: string): void;
}

export interface NodeDef {
  setName(value: string): void;
  setOp(value: string): void;
  setDevice(value: string): void;
  setInputList(values: readonly string[]): void;
  getAttrMap(): { set(key: string, value: AttrValue): void };
}

export interface VersionDef {
  setProducer(value: number): void;
}

export interface GraphDef {
  addNode(node: NodeDef): void;
  setVersions(value: VersionDef): void;
}

export interface TensorInfo {
  setName(value: string): void;
  setDtype(value: number): void;
  setTensorShape(value: TensorShape): void;
}

export interface SignatureDef {
  setMethodName(value: string): void;
  getInputsMap(): { set(key: string, value: TensorInfo): void };
  getOutputsMap(): { set(key: string, value: TensorInfo): void };
}

export interface MetaInfoDef {
  addTags(tag: string): void;
}

export interface MetaGraphDef {
  setMetaInfoDef(value: MetaInfoDef): void;
  setGraphDef(value: GraphDef): void;
  getSignatureDefMap(): { set(key: string, value: SignatureDef): void };
}

export interface SavedModel {
  setSavedModelSchemaVersion(value: number): void;
  addMetaGraphs(value: MetaGraphDef): void;
  serializeBinary(): Uint8Array;
}

export interface ProtoClasses {
  readonly AttrValue: { new (): AttrValue; readonly ListValue: new () => ListValue };
  readonly TensorShape: { new (): TensorShape; readonly Dim: new () => Dim };
  readonly Tensor: new () => TensorProto;
  readonly NodeDef: new () => NodeDef;
  readonly VersionDef: new () => VersionDef;
  readonly GraphDef: new () => GraphDef;
  readonly TensorInfo: new () => TensorInfo;
  readonly SignatureDef: new () => SignatureDef;
  readonly MetaGraphDef: { new (): MetaGraphDef; readonly MetaInfoDef: new () => MetaInfoDef };
  readonly SavedModel: new () => SavedModel;
}
