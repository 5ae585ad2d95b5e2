package run

import (
	"encoding/json"
	"fmt"
	"maps"
)

// State is what a run's journal says: the fold of its records in order. It
// knows nothing of time, attempts or machines, so any worker that reads the
// journal has the same one.
type State struct {
	// Next is the seq of the next record.
	Next int
	// Vars are the session variables, Outputs each node's last output.
	Vars    map[string]any
	Outputs map[string]any
	// Edges are the decided edges by index, in the present lap of each loop.
	Edges map[int]bool
	// Laps is how often each loop edge was taken since the loop was entered.
	Laps  map[int]int
	Usage Usage
	// Failure is the first thing that ended the run, or nil.
	Failure *Failure
	// Ended says that a step has completed the run before its edges were
	// followed to an end.
	Ended bool

	done      map[Step]json.RawMessage
	failed    map[Step]Failure
	tries     map[Step]int
	throttled map[Step]int
	begun     map[Step]beginning
	// reserved is what the steps that have begun and not ended may use.
	reserved map[Step]Usage
	// asked is what each step asked last, and answers what became of it.
	asked   map[Step]Ask
	answers map[Step]Answer
	told    map[Step]int
	// over are the nodes that ended in their present lap, and laps is how many
	// laps each node has behind it: the iteration of its next activation.
	over map[string]bool
	laps map[string]int
	// activations counts the nodes that ended.
	activations int
	// lent says that somebody else holds Outputs.
	lent bool
	// recorded is the size of all results, and sizes that of each session
	// variable that was set, in bytes.
	recorded int
	sizes    map[string]int
}

// What a run may hold in its variables, and in all its results together, in
// bytes: a worker keeps both in memory, and every poll answers with the first.
const (
	MaxVariables = 4 << 20
	MaxResults   = 64 << 20
)

// beginning remembers what a step saw when it first started, so that a step
// that is tried again by another worker sees the same although parallel
// branches went on.
type beginning struct {
	epoch   int
	vars    map[string]any
	outputs map[string]any
}

// NewState is the state before the first record, with the variables that every
// run of the build begins with.
func NewState(vars map[string]any) *State {
	return &State{
		Next: 1, Vars: vars, Outputs: map[string]any{}, Edges: map[int]bool{},
		done: map[Step]json.RawMessage{}, over: map[string]bool{},
	}
}

// put fills a map that most runs never need, and that is made when one does.
func put[K comparable, V any](m *map[K]V, at K, v V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[at] = v
}

// Fold applies records in order.
func (s *State) Fold(records []Record) error {
	for _, r := range records {
		if err := s.Apply(r); err != nil {
			return fmt.Errorf("journal record %d: %w", r.Seq, err)
		}
	}
	return nil
}

// Apply adds one record. Records of types it does not know count only for Next,
// so that an older worker can read a newer journal.
func (s *State) Apply(r Record) error {
	if err := s.follow(r); err != nil {
		return err
	}
	switch r.Type {
	case StepStarted:
		return s.start(r)
	case StepCompleted:
		return s.complete(r)
	case StepFailed:
		return s.fail(r)
	case StepRetrying:
		return s.retry(r)
	case Waiting:
		return s.ask(r)
	case Answered:
		return s.answer(r)
	case Withdrawn:
		delete(s.asked, r.Step())
	case LogLine:
		s.log(r)
	}
	return nil
}

// Complete is Apply for whoever has just made the record of a completed step: what
// was written into it is known, and is not read back.
func (s *State) Complete(r Record, c Completed) error {
	if err := s.follow(r); err != nil {
		return err
	}
	return s.completed(r, c)
}

func (s *State) follow(r Record) error {
	if r.Seq != s.Next {
		return fmt.Errorf("seq %d does not follow %d", r.Seq, s.Next-1)
	}
	s.Next++
	return nil
}

func (s *State) start(r Record) error {
	b, again := s.begun[r.Step()]
	if !again {
		b.vars, b.outputs = s.lend()
	}
	b.epoch = r.Epoch
	put(&s.begun, r.Step(), b)
	// What was asked of the try before it, and answered, says nothing of this one.
	delete(s.asked, r.Step())
	delete(s.answers, r.Step())
	if r.Call == "" || len(r.Data) == 0 {
		return nil
	}
	var begun Begun
	if err := json.Unmarshal(r.Data, &begun); err != nil {
		return err
	}
	if begun.Reserved != nil {
		put(&s.reserved, r.Step(), *begun.Reserved)
	}
	return nil
}

func (s *State) complete(r Record) error {
	var c Completed
	if err := json.Unmarshal(r.Data, &c); err != nil {
		return err
	}
	return s.completed(r, c)
}

func (s *State) completed(r Record, c Completed) error {
	read, err := c.read(r.Call != "")
	if err != nil {
		return err
	}
	s.done[r.Step()] = c.Output
	s.settle(r.Step(), c.Usage)
	s.recorded += len(r.Data)
	s.set(c.Vars, read.Vars)
	if r.Call != "" {
		// Whoever made the call gets on, and has all its tries again.
		delete(s.tries, r.Step().Caller())
		delete(s.throttled, r.Step().Caller())
	} else {
		s.end(r)
		s.output(r.Node, read.Output)
		s.decide(r, c.Edges, c.Lap)
		s.Ended = s.Ended || c.Ends
	}
	s.endWith(c.Failure)
	s.endWith(s.excess())
	return nil
}

// lend gives the variables and outputs away as they are. Neither is written to
// any more.
func (s *State) lend() (vars, outputs map[string]any) {
	s.lent = true
	return s.Vars, s.Outputs
}

func (s *State) output(node string, value any) {
	if s.lent {
		s.Outputs, s.lent = maps.Clone(s.Outputs), false
	}
	s.Outputs[node] = value
}

// end notes that a node ended, unless a new lap has left it behind.
func (s *State) end(r Record) {
	if r.Iteration == s.laps[r.Node] {
		s.over[r.Node] = true
	}
}

// set fills session variables.
func (s *State) set(written map[string]json.RawMessage, read map[string]any) {
	if len(written) == 0 {
		return
	}
	before := s.Vars
	s.Vars = make(map[string]any, len(before)+len(written))
	maps.Copy(s.Vars, before)
	for name, raw := range written {
		put(&s.sizes, name, len(raw))
		s.Vars[name] = read[name]
	}
}

// decide settles the edges behind a node that ended. One that a new lap has left
// behind decides nothing any more.
func (s *State) decide(r Record, edges map[int]bool, lap *Lap) {
	s.activations++
	if r.Iteration != s.laps[r.Node] {
		return
	}
	maps.Copy(s.Edges, edges)
	if lap == nil {
		return
	}
	lap.Reopen(s.Edges)
	put(&s.Laps, lap.Loop, s.Laps[lap.Loop]+1)
	for _, e := range lap.Within {
		delete(s.Laps, e)
	}
	for _, n := range lap.Nodes {
		put(&s.laps, n, s.laps[n]+1)
		delete(s.over, n)
	}
}

// excess is the failure of a run that holds more than it may, or nil.
func (s *State) excess() *Failure {
	variables := 0
	for _, size := range s.sizes {
		variables += size
	}
	switch {
	case variables > MaxVariables:
		return &Failure{Code: LimitExceeded, Message: fmt.Sprintf("the session variables are larger than %d bytes", MaxVariables)}
	case s.recorded > MaxResults:
		return &Failure{Code: LimitExceeded, Message: fmt.Sprintf("the results of the run's steps are larger than %d bytes", MaxResults)}
	}
	return nil
}

func (s *State) fail(r Record) error {
	var f Failure
	if err := json.Unmarshal(r.Data, &f); err != nil {
		return err
	}
	put(&s.failed, r.Step(), f)
	s.settle(r.Step(), f.Usage)
	if r.Call != "" {
		return nil
	}
	s.end(r)
	switch {
	case f.Caught():
		s.output(r.Node, f.Output())
		s.decide(r, f.Edges, nil)
	default:
		s.endWith(&f)
	}
	return nil
}

func (s *State) retry(r Record) error {
	var t Retried
	if err := json.Unmarshal(r.Data, &t); err != nil {
		return err
	}
	put(&s.tries, r.Step(), t.Try)
	put(&s.throttled, r.Step(), t.Throttled)
	s.settle(r.Step(), t.Usage)
	// The try that failed is over: nothing of it is uncertain any more.
	if b, ok := s.begun[r.Step()]; ok {
		b.epoch = 0
		put(&s.begun, r.Step(), b)
	}
	return nil
}

func (s *State) ask(r Record) error {
	var a Ask
	if err := json.Unmarshal(r.Data, &a); err != nil {
		return err
	}
	put(&s.asked, r.Step(), a)
	return nil
}

func (s *State) answer(r Record) error {
	var a Answer
	if err := json.Unmarshal(r.Data, &a); err != nil {
		return err
	}
	put(&s.answers, r.Step(), a)
	return nil
}

// log remembers how far a step said it was. A line that does not read decides
// nothing.
func (s *State) log(r Record) {
	var l Line
	if json.Unmarshal(r.Data, &l) == nil && l.Total > 0 {
		put(&s.told, r.Step(), max(s.told[r.Step()], l.Done))
	}
}

func (s *State) endWith(f *Failure) {
	if s.Failure == nil {
		s.Failure = f
	}
}

// settle puts what a step used in the place of what it had reserved.
func (s *State) settle(step Step, u *Usage) {
	delete(s.reserved, step)
	if u != nil {
		s.Usage = s.Usage.Add(*u)
	}
}
