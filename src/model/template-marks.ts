/** A body as text for search: Liquid tags taken out, the names in its outputs kept. */
export function withoutTemplateMarks(body: Uint8Array): string {
  return Buffer.from(body)
    .toString('utf8')
    .replace(/\{%[\s\S]*?%\}/g, ' ')
    .replace(/\{\{-?\s*([\w.]*)[\s\S]*?\}\}/g, '$1');
}
