// Package chaos attacks the promise: a start that was accepted is finished,
// once, whatever dies. It is tests only. They install the product as an operator
// would (migrate, workspace create, apply), run it as processes on a real
// Postgres and Redis, kill, freeze and cut off its parts, and then count in the
// database, in the clients' ledger and at the receivers of all calls.
//
// Ordinary tests run a short form with a lease of two seconds. `make chaos` runs
// the long one and prints a table of all figures. A checker that never failed is
// unproven, so one test builds the product without its fence and demands that
// the same checker reports it.
package chaos
