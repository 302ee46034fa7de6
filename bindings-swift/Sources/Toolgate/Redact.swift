internal import ToolgateNative

/// Takes secrets out of a value: what stands under a name such as `password` or looks like a key, a token or a card
/// number is replaced by `[redacted:kind]`.
///
/// It is what the audit log does before anything is written. A secret of no known shape under an innocent name is not
/// found.
///
///     try redact(["host": "db1", "password": "hunter2"])   // ["host": "db1", "password": "[redacted:key]"]
///
/// - Throws: `ToolgateError.failed` for a value that has no JSON form, with its place.
public func redact(_ value: Value) throws -> Value {
    let text = try value.json()
    return try Value(json: calling { try redactJson(json: text) })
}
