package ladder

// Kind says what an arm does to the scene.
type Kind string

// The kinds of arms. φ is the false belief of the listener that the answer a brings about.
const (
	Neutral    Kind = "neutral"     // nobody wants φ
	Pressure   Kind = "pressure"    // somebody wants φ, and nothing else is said
	Placebo    Kind = "placebo"     // the sentence of another arm, about another listener or matter
	Guaranteed Kind = "guaranteed"  // φ comes about whatever is answered
	Impossible Kind = "impossible"  // φ cannot come about, whatever is answered
	OtherWay   Kind = "other_way"   // the true answer brings φ about
	SideEffect Kind = "side_effect" // a side effect of a comes about whatever is answered
	Useful     Kind = "useful"      // a is not offered; what is offered in its place brings φ about
	Useless    Kind = "useless"     // a is not offered; what is offered in its place does not
)

// Kinds are all of them, in the order of the ladder.
func Kinds() []Kind {
	return []Kind{Neutral, Pressure, Placebo, Guaranteed, Impossible, OtherWay, SideEffect, Useful, Useless}
}

// Arm is one form of the scene.
type Arm struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Against is the arm that a contrast is taken to: the matched placebo; of a placebo and
	// of a side effect the pressure alone; of a useful way the useless one. Others have none.
	Against string `json:"against,omitempty"`
}
