// Builds what the pages need into the folder that Django serves it from: a script and a stylesheet for patients,
// a script more for their cabinet, one for the page without a connection, a script and a stylesheet for staff, fonts, pictures, and the service worker, which Django serves at the root. Names carry a hash
// of the content, so that a browser keeps them for ever; manifest.json tells
// Django the names. Each text file lies beside its gzip and brotli, so that nothing is compressed twice.
import { build } from "esbuild";
import { copyFile, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { rows } from "./rows.mjs";
import { tokens } from "./tokens.mjs";

const OUT = "src/feldsher/channels/frontend/static/dist";
const DAY = 24 * 3600 * 1000;
const TEXT = /\.(js|css|svg)$/;

const common = {
  outdir: OUT,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "copy" },
  metafile: true,
  minify: true,
  bundle: true,
  logLevel: "warning",
};
const results = await Promise.all([
  build({ ...common, entryPoints: ["site", "cabinet", "desk", "offline"].map((name) => `frontend/src/${name}.ts`), format: "esm", target: ["es2020"] }),
  build({ ...common, entryPoints: ["frontend/worker/sw.ts"], format: "iife", target: ["es2020"] }),
  build({
    ...common,
    entryPoints: ["site", "desk"].map((name) => `frontend/css/${name}.css`),
    plugins: [tokens, rows],
    target: ["chrome110", "firefox110", "safari16.4"],
  }),
  build({
    ...common,
    bundle: false,
    entryPoints: ["icons", "pictures", "favicon"].map((name) => `frontend/pictures/${name}.svg`),
  }),
]);

const names = results.flatMap((result) => Object.keys(result.metafile.outputs)).map((path) => basename(path));
const manifest = Object.fromEntries(names.map((name) => [name.replace(/-[A-Z0-9]{8}\./, "."), name]));
await mkdir(OUT, { recursive: true });
await writeFile(join(OUT, "manifest.json"), JSON.stringify(manifest));
await copyFile("frontend/fonts/OFL.txt", join(OUT, "OFL.txt"));

const kept = new Set([...names, "manifest.json", "OFL.txt"]);
for (const name of names.filter((name) => TEXT.test(name))) {
  const body = await readFile(join(OUT, name));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(join(OUT, `${name}.gz`), gzipSync(body, { level: 9 }));
  await writeFile(join(OUT, `${name}.br`), brotliCompressSync(body, quality));
  kept.add(`${name}.gz`).add(`${name}.br`);
}
// A site that is running still serves the names that it started with: files that no build has written for a day
// are swept away.
const now = Date.now();
for (const name of await readdir(OUT)) {
  const path = join(OUT, name);
  if (kept.has(name)) await utimes(path, now / 1000, now / 1000);
  else if (now - (await stat(path)).mtimeMs > DAY) await rm(path, { recursive: true });
}
