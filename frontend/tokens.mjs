// Turns the table of tokens.json into custom properties in four schemes: what the device prefers, and what the
// visitor chose («версия для слабовидящих» puts the choice into data-look). Each scheme is written twice,
// because a media query and an attribute can't share a rule; compression makes the twin free.
import { readFile } from "node:fs/promises";

const SCHEMES = ["light", "dark", "contrast-light", "contrast-dark"];

export async function tokensCss(path) {
  const table = JSON.parse(await readFile(path, "utf8"));
  const values = (scheme) => {
    const column = SCHEMES.indexOf(scheme);
    const kind = scheme.endsWith("dark") ? "dark" : "light";
    const own = Object.entries(table).map(([name, row]) => `--${name}:${row[column]}`);
    return `{color-scheme:${kind};${own.join(";")}}`;
  };
  const auto = ":root:not([data-look])";
  return [
    `:root${values("light")}`,
    `@media (prefers-color-scheme:dark){${auto}${values("dark")}}`,
    `@media (prefers-contrast:more){${auto}${values("contrast-light")}}`,
    `@media (prefers-contrast:more) and (prefers-color-scheme:dark){${auto}${values("contrast-dark")}}`,
    ...SCHEMES.map((scheme) => `:root[data-look=${scheme}]${values(scheme)}`),
  ].join("\n");
}

/** esbuild's plugin: `@import "tokens"` is the table. */
export const tokens = {
  name: "tokens",
  setup(build) {
    build.onResolve({ filter: /^tokens$/ }, () => ({ path: "frontend/tokens.json", namespace: "tokens" }));
    build.onLoad({ filter: /.*/, namespace: "tokens" }, async ({ path }) => ({
      contents: await tokensCss(path),
      loader: "css",
      watchFiles: [path],
    }));
  },
};
