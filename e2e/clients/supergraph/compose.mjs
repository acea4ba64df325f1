// A supergraph for Apollo Router or Apollo Gateway, from Deputy's schema as it is served and the schemas of other services.
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

export function compose(deputy, others = []) {
  const { errors, supergraphSdl } = composeServices([{ name: 'deputy', url: 'http://127.0.0.1:8080/graphql', typeDefs: parse(deputy) }, ...others]);
  if (errors) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}
