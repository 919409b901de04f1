package device

// SGD are the settings of stochastic gradient descent with momentum.
type SGD struct {
	Rate, Momentum, Decay float32
}

// Step returns the new weight and velocity of one element.
func (o SGD) Step(w, g, v float32) (float32, float32) {
	d := g + float32(o.Decay*w)
	v = float32(o.Momentum*v) + d
	return w - float32(o.Rate*v), v
}

// Adam are the settings of one step of Adam (Kingma and Ba, 2015) with decoupled
// weight decay.
type Adam struct {
	Rate, Beta1, Beta2, Epsilon, Decay float32
	// Correct1 and Correct2 are 1 − Beta1^t and 1 − Beta2^t of step t = 1, 2, …
	Correct1, Correct2 float32
}

// Step returns the new weight and moments of one element:
//
//	m = Beta1·m + (1 − Beta1)·g,  v = Beta2·v + (1 − Beta2)·g²
//	w = w − Rate · ((m / Correct1) / (√(v / Correct2) + Epsilon) + Decay·w)
func (o Adam) Step(w, g, m, v float32) (float32, float32, float32) {
	m = float32(o.Beta1*m) + float32((1-o.Beta1)*g)
	v = float32(o.Beta2*v) + float32((1-o.Beta2)*float32(g*g))
	d := (m/o.Correct1)/(Sqrt(v/o.Correct2)+o.Epsilon) + float32(o.Decay*w)
	return w - float32(o.Rate*d), m, v
}
