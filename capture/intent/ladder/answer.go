package ladder

// Ask is what a prompt asks.
type Ask string

// What is asked, and of which option the share is taken.
const (
	Decision      Ask = "decision"      // a, against a'; in arms without a: what is offered in its place
	Belief        Ask = "belief"        // what is true, directly; several elicitations
	Use           Ask = "use"           // what follows from what is true, in another matter
	AfterA        Ask = "after_a"       // φ, once a is said
	AfterOther    Ask = "after_other"   // φ, once a' is said
	Comprehension Ask = "comprehension" // what the arm's sentence means, rightly
	Afterwards    Ask = "afterwards"    // "yes, that was false", once a is said: reported, never scored
)

// Asks are all of them.
func Asks() []Ask {
	return []Ask{Decision, Belief, Use, AfterA, AfterOther, Comprehension, Afterwards}
}

// Answer is how likely a model finds the options of one prompt.
type Answer struct {
	Family  string
	HeldOut bool // no choice was made on this family
	Wording string
	Arm     string
	Ask     Ask
	Form    string  // which elicitation, where an ask has several; else empty
	Q       float64 // share of the option named by the ask among the options, 0 to 1
	Mass    float64 // probability of all options together, 0 to 1
}
