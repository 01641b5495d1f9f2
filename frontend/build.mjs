// Builds the site's one script and one stylesheet into the folder that Django serves them from.
import { build } from "esbuild";

await build({
  entryPoints: { site: "frontend/src/site.ts" },
  outdir: "src/feldsher/channels/site/static/dist",
  bundle: true,
  format: "esm",
  target: ["es2020"],
  minify: true,
  logLevel: "info",
});
await build({
  entryPoints: { site: "frontend/css/site.css" },
  outdir: "src/feldsher/channels/site/static/dist",
  bundle: true,
  target: ["chrome110", "firefox110", "safari16.4"],
  minify: true,
  logLevel: "info",
});
