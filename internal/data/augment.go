package data

// Examples is one split of a set on its way to a training loop: a Split, or one
// that changes what another gives. It is safe for concurrent use.
type Examples interface {
	Len() int
	// Shape returns height, width and channels of each image.
	Shape() (h, w, c int)
	// Batch copies the images with the given indices, as they are in an epoch from
	// 0, into dst, len(indices) × H × W × C, and their labels into labels.
	Batch(epoch uint64, indices []int, dst []float32, labels []int)
	// Order returns the indices of all images in the order of an epoch.
	Order(seed, epoch uint64) []int
}

// Augment shows the images of Examples a little differently in each epoch. What
// becomes of an image follows from seed, epoch and index alone: batches, their
// order and threads have no part in it.
type Augment struct {
	Examples
	Seed uint64
	// Crop is how many pixels wide a margin of zeros is put round an image, of which
	// a piece of the old size is then cut out, each place as likely as the others;
	// 0 or more.
	Crop int
	// Flip says whether images are mirrored, left for right, with probability 1/2.
	Flip bool
}

// Batch gives the images changed.
func (a Augment) Batch(epoch uint64, indices []int, dst []float32, labels []int) {
	a.Examples.Batch(epoch, indices, dst, labels)
	if a.Crop == 0 && !a.Flip {
		return
	}
	h, w, c := a.Shape()
	size := h * w * c
	old := make([]float32, size)
	for k, i := range indices {
		image := dst[k*size : (k+1)*size]
		copy(old, image)
		a.view(epoch, i).apply(image, old, h, w, c)
	}
}

// view is how an image is seen: the piece's place and whether it is mirrored.
type view struct {
	down, right int // of the image's, −Crop to Crop
	flip        bool
}

// view returns how image i is seen in an epoch.
func (a Augment) view(epoch uint64, i int) view {
	x := mix(mix(mix(a.Seed)^epoch) ^ uint64(i))
	place := func(bits uint64) int { // the bias is below 2·Crop/2^31
		return int(bits&(1<<31-1)*uint64(2*a.Crop+1)>>31) - a.Crop
	}
	return view{down: place(x), right: place(x >> 31), flip: a.Flip && x>>63 == 1}
}

// apply fills dst with the augmented image of src, both H × W × C.
func (v view) apply(dst, src []float32, h, w, c int) {
	clear(dst)
	for y := max(0, -v.down); y < min(h, h-v.down); y++ {
		for x := max(0, -v.right); x < min(w, w-v.right); x++ {
			to := x
			if v.flip {
				to = w - 1 - x
			}
			copy(dst[(y*w+to)*c:][:c], src[((y+v.down)*w+x+v.right)*c:])
		}
	}
}

// mix is the finalizer of SplitMix64: every bit of x reaches every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
