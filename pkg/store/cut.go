package store

import "strconv"

// Cut gives a page of a list that is not rows but made of them, in ascending
// order of its places; next is empty on the last page. list names the list among
// those of the tenant.
func Cut[N any](t Tenant, list string, all []N, place func(N) int, p Page) (part []N, next string, err error) {
	limit, err := p.size()
	if err != nil {
		return nil, "", err
	}
	if p.Cursor != "" {
		text, err := t.place(list, p.Cursor)
		if err != nil {
			return nil, "", err
		}
		last, err := strconv.Atoi(text)
		if err != nil {
			return nil, "", errBadCursor
		}
		for len(all) > 0 && place(all[0]) <= last {
			all = all[1:]
		}
	}
	if len(all) > limit {
		all = all[:limit]
		next = t.cursor(list, strconv.Itoa(place(all[limit-1])))
	}
	return all, next, nil
}
