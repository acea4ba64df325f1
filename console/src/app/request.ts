/** An error of the API beside its data. */
export interface ApiError {
  message: string;
  path?: (string | number)[];
  extensions?: {
    code?: string;
    retryAfter?: number;
    requestId?: string;
    count?: number;
    coordinate?: string;
    committed?: boolean;
    module?: string;
    action?: string;
    orgId?: string;
  };
}

/** Reports whether errors say that the server does not know an operation by its id, such as one of another version. */
export function isUnknown(errors: readonly { readonly extensions?: object | undefined }[] | undefined): boolean {
  const { code } = (errors?.[0]?.extensions ?? {}) as { code?: string };
  return code === 'PERSISTED_QUERY_NOT_FOUND' || code === 'QUERY_NOT_IN_SAFELIST';
}

/** A response of the API. */
export interface ApiResponse {
  data?: Record<string, unknown> | null;
  errors?: ApiError[];
}

/** A request that failed as a whole: the server's message, its stable code, and the id under which the log has it. */
export class RequestFailed extends Error {
  readonly code: string;
  readonly requestId: string | null;

  constructor(message: string, code: string, requestId: string | null) {
    super(message);
    this.name = 'RequestFailed';
    this.code = code;
    this.requestId = requestId;
  }
}

/**
 * Returns the errors with one for each null that a merged refusal stands for. The server sends equal refusals of one
 * field in a list as one error with the path of the first; every null at that path is refused.
 */
export function spread(response: ApiResponse): ApiError[] {
  return (response.errors ?? []).flatMap((error) => {
    const { path, extensions } = error;
    if (!path || !extensions?.coordinate || (extensions.count ?? 1) < 2) return [error];
    return nullsAt(response.data, path, []).map((place) => ({ ...error, path: place }));
  });
}

function nullsAt(value: unknown, path: (string | number)[], place: (string | number)[]): (string | number)[][] {
  const [step, ...rest] = path;
  if (step === undefined) return value === null ? [place] : [];
  if (typeof step === 'number') {
    if (!Array.isArray(value)) return [];
    return value.flatMap((item, i) => nullsAt(item, rest, [...place, i]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return nullsAt((value as Record<string, unknown>)[step], rest, [...place, step]);
}
