package contact

import "strconv"

// SegmentsOf is the day of the numbering plan of mainland China that is the source of the segments below, YYYY-MM-DD.
// They are the public network numbers that the Ministry of Industry and Information Technology has assigned
// (电信网码号资源使用证书). To update them, compare them with its list of assigned codes and with the table of
// github.com/nyaruka/phonenumbers, and set the day.
const SegmentsOf = "2026-11-01"

// homeCode is the country code of numbers of mainland China.
const homeCode = 86

// handsetSegments are segments of mobile phones that the library's table of numbers does not have.
var handsetSegments = []string{"149"}

// deviceSegments are segments of devices: their numbers receive no messages from people.
var deviceSegments = []string{"140", "141", "144", "146", "148"}

// segmentOf returns the first three digits of a Chinese number of eleven digits, and "" for other numbers.
func segmentOf(national uint64) string {
	digits := strconv.FormatUint(national, 10)
	if len(digits) != 11 {
		return ""
	}
	return digits[:3]
}
