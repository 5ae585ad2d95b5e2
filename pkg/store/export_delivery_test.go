package store

// MostRejected is how many unverified deliveries of a trigger are kept.
const MostRejected = mostRejected

// Bodies counts the bodies that are kept apart.
func (s *Store) Bodies() (n int, err error) {
	err = s.db.Raw("select count(*) from delivery_bodies").Row().Scan(&n)
	return n, err
}
