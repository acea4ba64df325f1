// The grams by which Deputy finds texts: pairs of neighbouring letters, and single ones beyond ASCII, hashed by FNV-1a for one org alone.

// feed goes on with a hash by the UTF-8 bytes of a letter.
function feed (hash, letter) {
  const byte = (b) => { hash = Math.imul(hash ^ b, 0x01000193) }
  if (letter < 0x80) byte(letter)
  else if (letter < 0x800) {
    byte(0xc0 | letter >> 6)
    byte(0x80 | letter & 63)
  } else if (letter < 0x10000) {
    byte(0xe0 | letter >> 12)
    byte(0x80 | letter >> 6 & 63)
    byte(0x80 | letter & 63)
  } else {
    byte(0xf0 | letter >> 18)
    byte(0x80 | letter >> 12 & 63)
    byte(0x80 | letter >> 6 & 63)
    byte(0x80 | letter & 63)
  }
  return hash
}

// gramsOf returns the grams of texts of an org, as an array that PostgreSQL reads.
export function gramsOf (orgId) {
  let org = 0x811c9dc5 | 0
  for (const letter of orgId) org = feed(org, letter.codePointAt(0))
  return (...texts) => {
    const found = new Set()
    for (const text of texts) {
      let last = -1
      for (const character of text) {
        let letter = character.codePointAt(0)
        if (letter >= 65 && letter <= 90) letter += 32
        if (letter >= 0x80) found.add(feed(org, letter))
        if (last >= 0) found.add(feed(feed(org, last), letter))
        last = letter
      }
    }
    return '{' + [...Int32Array.from(found).sort()] + '}'
  }
}
