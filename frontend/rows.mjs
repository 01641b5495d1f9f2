// The rows of the schedule's grid as classes: a cell stands from row `a12` to before row `z16`. No page of ours
// carries a style of its own, so that each row that a day can have (24 hours and one that clocks give twice, by
// five minutes) is said once here.
const ROWS = 25 * 12;

export function rowsCss() {
  const numbers = [...Array(ROWS + 1).keys()];
  return numbers.map((row) => `.a${row}{grid-row-start:${row + 1}}.z${row}{grid-row-end:${row + 1}}`).join("");
}

/** esbuild's plugin: `@import "rows"` are the classes. */
export const rows = {
  name: "rows",
  setup(build) {
    build.onResolve({ filter: /^rows$/ }, () => ({ path: "rows", namespace: "rows" }));
    build.onLoad({ filter: /.*/, namespace: "rows" }, () => ({ contents: rowsCss(), loader: "css" }));
  },
};
