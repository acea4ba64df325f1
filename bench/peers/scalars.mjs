// How the scalars of Deputy's schema are spoken.
import { GraphQLScalarType } from 'graphql'

const perDay = 86_400_000

// moment returns a moment as PostgreSQL writes it (2025-01-01 08:00:00.5+00) the way Deputy does.
export const moment = (text) => {
  const fraction = text.length > 22 ? text.slice(20, text.length - 3) : ''
  return text.slice(0, 10) + 'T' + text.slice(11, 19) + '.' + fraction.padEnd(6, '0') + 'Z'
}

export const dayOf = (text) => Date.parse(text) / perDay
export const date = (day) => new Date(day * perDay).toISOString().slice(0, 10)

export const scalars = {
  Time: new GraphQLScalarType({ name: 'Time', serialize: moment, parseValue: (text) => text }),
  Date: new GraphQLScalarType({ name: 'Date', serialize: date, parseValue: dayOf }),
  Int64: new GraphQLScalarType({ name: 'Int64', serialize: (n) => n, parseValue: (n) => n })
}
