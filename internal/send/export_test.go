package send

// What signs, for the examples of the providers' documents.
var (
	SignACS3 = signACS3
	SignTC3  = signTC3
)
