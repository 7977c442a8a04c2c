/** Marks of what was found in a result. */
export const found = {
  /** In a field that the service sets. */
  field: 1,
  /** Under a name of an id. */
  id: 2,
  /** In a long text of a result that is not marked untrusted. */
  freeText: 4,
  /** An id of a record that has an address of the task, or a name. */
  identified: 8,
  /** In what one of the site's own people has written. */
  people: 16,
  /** In a field that the person has filled in: the site's own payees, or address book. */
  own: 32,
} as const;

/** Members of an array that may each be something that the call created. */
const mostCreated = 8;

/** Of a long list no item may be something that the call created. */
export function marksOfItems(items: readonly unknown[], mark: number): number {
  return items.length > mostCreated ? mark & ~found.id : mark;
}
