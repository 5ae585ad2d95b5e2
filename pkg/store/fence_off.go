//go:build nofence

package store

const fence = ">="
