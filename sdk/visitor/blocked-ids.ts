/**
 * Values that programs send in place of an id: linking by them would pour strangers into one person.
 * The collector refuses them for good (its list is longer and extendable); the script warns the
 * developer where he can see it.
 */
const PLACEHOLDERS =
	/^["'\s]*(anonymous|guest|null|undefined|none|nil|nan|true|false|unknown|n\/a|na|\(?not[ _]set\)?|not_authenticated|distinct_?id|id|email|user_?id|test|default|void|\[object object\]|0|-1|[0-]+|(.)\2{5,})?["'\s]*$/i;

export const isPlaceholder = (id: string): boolean => PLACEHOLDERS.test(id);
