package device

// SGD are the settings of stochastic gradient descent with momentum.
type SGD struct {
	Rate, Momentum, Decay float32
	Scale                 float32 // of the gradient, 1 for none
	Nesterov              bool    // looks ahead: I. Sutskever et al., 2013
}

// Step returns the new weight and velocity of one element:
//
//	d = Scale·g + Decay·w,  v = Momentum·v + d
//	w = w − Rate·v, or with Nesterov w − Rate·(d + Momentum·v)
func (o SGD) Step(w, g, v float32) (float32, float32) {
	d := float32(o.Scale*g) + float32(o.Decay*w)
	v = float32(o.Momentum*v) + d
	if o.Nesterov {
		d += float32(o.Momentum * v)
		return w - float32(o.Rate*d), v
	}
	return w - float32(o.Rate*v), v
}

// Adam are the settings of one step of Adam (D. Kingma and J. Ba, 2015). Decay is
// weight decay apart from the gradient (AdamW: I. Loshchilov and F. Hutter, 2019),
// L2 within it.
type Adam struct {
	Rate, Beta1, Beta2, Epsilon, Decay, L2 float32
	Scale                                  float32 // of the gradient, 1 for none
	// Correct1 and Correct2 are 1 − Beta1^t and 1 − Beta2^t of step t = 1, 2, …
	Correct1, Correct2 float32
}

// Step returns the new weight and moments of one element:
//
//	d = Scale·g + L2·w
//	m = Beta1·m + (1 − Beta1)·d,  v = Beta2·v + (1 − Beta2)·d²
//	w = w − Rate · ((m / Correct1) / (√(v / Correct2) + Epsilon) + Decay·w)
func (o Adam) Step(w, g, m, v float32) (float32, float32, float32) {
	g = float32(o.Scale*g) + float32(o.L2*w)
	m = float32(o.Beta1*m) + float32((1-o.Beta1)*g)
	v = float32(o.Beta2*v) + float32((1-o.Beta2)*float32(g*g))
	d := (m/o.Correct1)/(Sqrt(v/o.Correct2)+o.Epsilon) + float32(o.Decay*w)
	return w - float32(o.Rate*d), m, v
}
