/** Tables of contacts made elsewhere → events: the map, the ready templates, and the reader of rows. */
export { type ImportMap, normaliseHeader, type ParsedMap, parseImportMap, TARGETS, type Target } from "./map.ts";
export { createRowReader, type ReadRow, type RowFault, type RowReader } from "./rows.ts";
export { TEMPLATES } from "./templates.ts";
export { detectEncoding, detectSeparator, ENCODINGS, type Encoding, SEPARATORS } from "./text.ts";
