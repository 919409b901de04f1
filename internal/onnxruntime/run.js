// Runs networks in the format of ONNX by ONNX Runtime, on the processor.
//
//   node -e "$(cat run.js)" FOLDER, with FOLDER/node_modules/onnxruntime-node
//
// The standard input is a list of {model, inputs}, the standard output a list of {outputs} or {error}, in JSON. A model
// is the base64 of its file. Inputs and outputs are lists of {name, type, dims, data}, data the base64 of the elements.
"use strict";
const path = require("node:path");
const ort = require(path.join(process.argv.at(-1), "node_modules", "onnxruntime-node"));

const arrays = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array, int32: Int32Array };

function tensor({ type, dims, data }) {
  const bytes = new Uint8Array(Buffer.from(data, "base64"));
  return new ort.Tensor(type, new arrays[type](bytes.buffer), dims);
}

async function run({ model, inputs }) {
  const session = await ort.InferenceSession.create(Buffer.from(model, "base64"), {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const results = await session.run(Object.fromEntries(inputs.map((t) => [t.name, tensor(t)])));
  await session.release();
  return session.outputNames.map((name) => {
    const { type, dims, data } = results[name];
    return { name, type, dims, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64") };
  });
}

async function main() {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += part;
  const results = [];
  for (const job of JSON.parse(text)) {
    try {
      results.push({ outputs: await run(job) });
    } catch (e) {
      results.push({ error: String(e.message ?? e) });
    }
  }
  process.stdout.write(JSON.stringify(results));
}

main();
