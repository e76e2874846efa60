import { csvLine } from '../parts/csv.ts';

interface NewKey {
  name: string | null;
  key: string;
  secret: string;
}

/** The key as a CSV file. */
export function keyFile({ name, key, secret }: NewKey): string {
  return `name,access key ID,secret key\r\n${csvLine([name ?? '', key, secret])}`;
}
