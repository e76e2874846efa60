/** CRC-32 (ISO-HDLC, as in zlib) of ASCII text. Source: RFC 1952, section 8. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** Continues from `crc` (0 to begin) over `text[from, to)`; returns an unsigned 32-bit number. */
export function crc32(crc: number, text: string, from = 0, to = text.length): number {
  let state = ~crc;
  // The index is masked to 0..255, so the table always has the entry.
  for (let i = from; i < to; i++) state = (TABLE[(state ^ text.charCodeAt(i)) & 255] as number) ^ (state >>> 8);
  return ~state >>> 0;
}
