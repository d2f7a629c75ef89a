"use strict";

// Sorts the generated images' rows by a column; the real images stay below. A missing value comes last either way.
for (const button of document.querySelectorAll(".results thead button")) {
  button.addEventListener("click", () => {
    const heading = button.parentElement;
    const column = heading.cellIndex;
    const body = heading.closest("table").querySelector("tbody.competitors");
    const first = button.dataset.first ?? "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = heading.ariaSort === first ? other : first;

    for (const cell of heading.parentElement.cells) cell.ariaSort = "none";
    heading.ariaSort = direction;

    const sign = direction === "ascending" ? 1 : -1;
    const isWord = heading.classList.contains("word");
    const keyOf = (row) => {
      const cell = row.cells[column];
      return isWord ? cell.textContent.trim() : cell.dataset.value === undefined ? null : Number(cell.dataset.value);
    };
    const compare = (a, b) => {
      const [x, y] = [keyOf(a), keyOf(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (isWord ? x.localeCompare(y, "en", { numeric: true }) : x - y);
    };
    body.append(...[...body.rows].sort(compare));
  });
}
