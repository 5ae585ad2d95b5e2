package doctor

import "testing"

func TestOldReleasesAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		finding Finding
		want    State
	}{
		{judgePostgres("14.9", 14), Wrong},
		{judgePostgres("15.0", 15), OK},
		{judgePostgres("17.2", 17), OK},
		{judgeRedis("5.0.14"), Wrong},
		{judgeRedis("6.0.16"), Wrong},
		{judgeRedis("6.2.0"), OK},
		{judgeRedis("7.0.15"), OK},
		{judgeRedis(""), Unknown},
		{judgePolicy("volatile-ttl"), Wrong},
		{judgePolicy("unknown"), Unknown},
	} {
		if c.finding.State != c.want || (c.want == OK) != (c.finding.Do == "") {
			t.Errorf("%+v, want %s", c.finding, c.want)
		}
	}
}
