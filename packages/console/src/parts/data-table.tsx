import { Table, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import classes from './data-table.module.css';
import { detailsId, ExpandButton } from './expand-button.tsx';

export interface Column<Item> {
  header: string;
  cell: (item: Item) => ReactNode;
  /** `main` heads the card on narrow screens; `menu` stands at its corner. */
  kind?: 'main' | 'menu';
}

export interface DataTableProps<Item> {
  label: string;
  columns: readonly Column<Item>[];
  items: readonly Item[];
  keyOf: (item: Item) => string;
  /** More about a row, shown on demand below it. */
  details?: (item: Item) => ReactNode;
}

/** A table that turns into a list of cards where it has no room. Roles are spelled out because cards lose the table layout. */
export function DataTable<Item>({ label, columns, items, keyOf, details }: DataTableProps<Item>) {
  return (
    <div className={classes.frame}>
      <Table role="table" aria-label={label} className={classes.table} verticalSpacing="sm" horizontalSpacing={8}>
        <Table.Thead role="rowgroup">
          <Table.Tr role="row">
            {columns.map(column => (
              <Table.Th role="columnheader" scope="col" key={column.header}>
                {column.kind === 'menu' ? <VisuallyHidden>{column.header}</VisuallyHidden> : column.header}
              </Table.Th>
            ))}
            {details && (
              <Table.Th role="columnheader" scope="col">
                <VisuallyHidden>Details</VisuallyHidden>
              </Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody role="rowgroup">
          {items.map(item => (
            <Row key={keyOf(item)} id={keyOf(item)} item={item} columns={columns} details={details} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

type RowProps<Item> = Pick<DataTableProps<Item>, 'columns' | 'details'> & { id: string; item: Item };

function Row<Item>({ id, item, columns, details }: RowProps<Item>) {
  const [open, setOpen] = useState(false);
  const row = useRef<HTMLTableRowElement>(null);
  useLayoutEffect(() => {
    const own = row.current;
    return () => passFocusOn(own);
  }, []);
  const span = columns.length + 1;
  return (
    <>
      <Table.Tr ref={row} role="row" className={classes.row}>
        {columns.map(column => (
          <Table.Td role="cell" key={column.header} data-label={column.header} data-kind={column.kind}>
            {column.cell(item)}
          </Table.Td>
        ))}
        {details && (
          <Table.Td role="cell" data-kind="menu">
            <ExpandButton of={id} open={open} onToggle={() => setOpen(!open)} />
          </Table.Td>
        )}
      </Table.Tr>
      {details && open && (
        <Table.Tr role="row" id={detailsId(id)}>
          <Table.Td role="cell" colSpan={span} className={classes.details}>
            {details(item)}
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

/** A row that goes takes its buttons along; the focus goes to what it stood in, so that the keyboard goes on from there. */
function passFocusOn(row: HTMLElement | null): void {
  if (!row?.contains(document.activeElement)) return;
  const place = row.closest<HTMLElement>('[role="dialog"]') ?? document.getElementById('content');
  place?.focus({ preventScroll: true });
}
