// Graphs as TensorFlow's SavedModel: the message that is in a folder's `saved_model.pb`.
import { proto } from '../tensorflow/library.ts';
import { TYPE_NUMBER, type ElementType } from '../tensorflow/binding.ts';
import type { SignatureDef, TensorInfo } from '../tensorflow/proto.ts';
import { toGraphDef, toShape, type GraphNode } from './graph.ts';

export interface SignatureEnd {
  /** Graph name, `node` or `node:1`. */
  readonly source: string;
  readonly type: ElementType;
  /** −1 where a size is open. */
  readonly shape: readonly number[];
}

export interface Signature {
  readonly name: string;
  readonly method: string;
  readonly inputs: ReadonlyMap<string, SignatureEnd>;
  readonly outputs: ReadonlyMap<string, SignatureEnd>;
}

/** The bytes of `saved_model.pb`, tagged `serve`. */
export function savedModelBytes(
  nodes: readonly GraphNode[],
  signatures: readonly Signature[],
): Uint8Array {
  const meta = new proto.MetaGraphDef();
  const info = new proto.MetaGraphDef.MetaInfoDef();
  info.addTags('serve');
  meta.setMetaInfoDef(info);
  meta.setGraphDef(toGraphDef(nodes));
  for (const signature of signatures) {
    meta.getSignatureDefMap().set(signature.name, signatureDef(signature));
  }
  const model = new proto.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(meta);
  return model.serializeBinary();
}

function signatureDef({ method, inputs, outputs }: Signature): SignatureDef {
  const signature = new proto.SignatureDef();
  signature.setMethodName(method);
  for (const [name, end] of inputs) signature.getInputsMap().set(name, tensorInfo(end));
  for (const [name, end] of outputs) signature.getOutputsMap().set(name, tensorInfo(end));
  return signature;
}

function tensorInfo({ source, type, shape }: SignatureEnd): TensorInfo {
  const tensor = new proto.TensorInfo();
  tensor.setName(source.includes(':') ? source : `${source}:0`);
  tensor.setDtype(TYPE_NUMBER[type]);
  tensor.setTensorShape(toShape(shape));
  return tensor;
}
