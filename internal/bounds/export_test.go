package bounds

// Lengths are what limits reckon the lists of an introspection with.
var Lengths = lengths
