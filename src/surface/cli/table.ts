/** Rows as aligned columns. */

export interface Column<T> {
  readonly title: string;
  readonly right?: boolean;
  readonly cell: (row: T) => string;
  /** Colours the padded cell, so that widths stay true. */
  readonly paint?: (padded: string, row: T) => string;
}

/** Lines of a table with a title row; two blanks between columns, none at the ends. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const pad = (text: string, i: number): string =>
    columns[i]?.right === true ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
  const line = (parts: readonly string[]): string => parts.join("  ").trimEnd();
  return [
    line(columns.map((column, i) => pad(column.title, i))),
    ...rows.map((row, r) =>
      line(
        columns.map((column, i) => {
          const padded = pad(cells[r]?.[i] ?? "", i);
          return column.paint === undefined ? padded : column.paint(padded, row);
        }),
      ),
    ),
  ];
}
