/** At most four words, by which a service names what it tells. */
export const ownName = /^[A-Za-z0-9]{0,24}(?:[_-][A-Za-z0-9]{1,16}){0,3}$/;

export const idName =
  /^(?:id|ids|uid|uuid|guid|key|ref|reference|number|slug|handle|sha|url|link|href|path)$|(?:_|-)(?:id|ids|uid|key|ref|number|url|path)$|(?:Id|Ids|Key|Ref|Number|Url)$/;

/** Under which a record says how people call it. */
export const nameOfRecord = /^(?:title|name|subject|label)$|(?:_|^to_)name$|Name$/;
