package connectsim

import (
	"fmt"
	"math/rand/v2"
)

// Generate adds n generated inbound flows to the first instance, a mix with and without the guide, of 5 to 20 kB. The
// same numbers always give the same flows. The instance's flow quota is raised so that there is room for 100 more.
func (s *Sim) Generate(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.insts) == 0 || n <= 0 {
		return
	}
	in := s.insts[0]
	for i := 1; i <= n; i++ {
		name := in.freeName(fmt.Sprintf("Line %04d", i))
		in.seedWith(s, SeedFlow{Name: name, Published: in.generated(i)})
	}
	in.raiseQuota(s.o.FlowQuota)
	if err := s.resave(); err != nil {
		panic(err) // as of PutFlow, there is nobody to tell
	}
}

var topics = []string{"Sales", "Billing", "Service", "Returns", "Delivery", "Support", "Accounts", "Orders", "Warranty"}

// generated writes flow i: a greeting, a menu, and per key a short way to a queue. One in three sets the guide at the
// start, one in three on some ways only.
func (in *inst) generated(i int) string {
	r := rand.New(rand.NewPCG(2026, uint64(i)))
	b := book{in: in, plain: i%2 == 0}
	wire := in.Guide != ""
	keys, ways := []string{}, []step{}
	for k := range 2 + r.IntN(4) {
		topic := topics[(i+k)%len(topics)]
		id := func(what string) string { return fmt.Sprintf("%s %s %d", what, topic, k+1) }
		keys = append(keys, fmt.Sprint(k+1), id("Greet"))
		ways = append(ways, say(id("Greet"), "You chose "+topic+". "+filler(r)), attributes(id("Mark"), "topic", topic, "line", fmt.Sprint(i)))
		if wire && i%3 == 1 && k%2 == 0 {
			ways = append(ways, sets(id("Set the guide"), acwEvent, in.Guide, nil))
		}
		ways = append(ways, b.hours(id("Is it open"), topic+" hours", id("Choose"), "Say that we are closed"),
			b.queue(id("Choose"), topic), transfer(id("Transfer"), "Say that nobody is free"))
	}
	steps := []step{logging("Log"), voice("Voice", "Joanna")}
	if wire && i%3 == 0 {
		steps = append(steps, sets("Set the guide", acwEvent, in.Guide, nil))
	}
	steps = append(steps, say("Welcome", "Welcome to line "+fmt.Sprint(i)+". "+filler(r)),
		menu("Menu", "Choose a topic. "+filler(r), "Say that nobody is free", keys...))
	return b.flow(joined(steps, ways, []step{say("Say that we are closed", "We are closed now.").to("End"),
		say("Say that nobody is free", "Nobody is free."), hangUp("End")})...)
}

// filler is a few sentences, so that flows differ in length as real ones do.
func filler(r *rand.Rand) string {
	words := ""
	for range 1 + r.IntN(4) {
		words += "Have your customer number ready; you find it at the top of every letter and on the back of your card. "
	}
	return words + "Thank you."
}
