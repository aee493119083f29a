/**
 * Long lists a page at a time.
 */

/** A part of a list. */
export interface PagePart<T> {
  readonly shown: readonly T[];
  /** Number of this page, from 1. */
  readonly page: number;
  readonly pages: number;
}

/** One page of a list; a number beyond the end is the last page. */
export function pageOf<T>(items: readonly T[], wanted: number, size: number): PagePart<T> {
  const pages = Math.max(1, Math.ceil(items.length / size));
  const page = Math.min(Math.max(1, wanted), pages);
  return { shown: items.slice((page - 1) * size, page * size), page, pages };
}

interface Props {
  /** What the list is of, for those who hear the page. */
  readonly of: string;
  readonly page: number;
  readonly pages: number;
  readonly address: (page: number) => string;
}

/** Links to the neighbours of a page; nothing where there is only one. */
export function Pages({ of, page, pages, address }: Props) {
  if (pages === 1) return null;
  return (
    <nav class="pages" aria-label={`Pages of ${of}`}>
      {page > 1 ? <a href={address(page - 1)} rel="prev">Previous</a> : <span class="soft">Previous</span>}
      <span>{`Page ${page} of ${pages}`}</span>
      {page < pages ? <a href={address(page + 1)} rel="next">Next</a> : <span class="soft">Next</span>}
    </nav>
  );
}
