/** The columns of a table that a statement which copies rows must name: PostgreSQL computes the others itself. */

/** For a query with the table's name as its only parameter; one row with `names`, separated by commas. */
export const STORED_COLUMNS = `
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS names FROM pg_attribute
   WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`;
