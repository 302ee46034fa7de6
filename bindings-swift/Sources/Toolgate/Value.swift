/// What a tool call carries: what JSON can say, with whole numbers kept whole.
///
/// It is a value like any other in Swift: whoever holds one holds a copy that nobody else can change.
///
///     let args: Value = ["amount": 2000, "currency": "eur", "items": [1.5, nil, true]]
///     args["amount"]?.intValue   // 2000
public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A whole number.
    case int(Int64)
    /// Any other number. One that is not finite has no JSON form: a call with it is denied.
    case double(Double)
    case string(String)
    case array([Value])
    case object([String: Value])
}

extension Value {
    /// Reads JSON text. A number with neither a point nor an exponent is a whole one, and it has to fit in 64 bits; a
    /// key may stand once only.
    public init(json text: String) throws {
        do {
            var reader = JSONReader(text)
            self = try reader.document()
        } catch {
            throw ToolgateError.failed(error.message, code: error.code)
        }
    }

    /// JSON text with the keys in order, so that equal values have equal texts. Throws for a number that is not finite.
    public func json() throws -> String {
        do {
            var writer = JSONWriter(sorted: true)
            try writer.write(self)
            return writer.text
        } catch {
            throw ToolgateError.failed(error.told("value"), code: error.code)
        }
    }

    /// What stands under `key` in an object.
    public subscript(key: String) -> Value? {
        objectValue?[key]
    }

    /// What stands at `index` in an array.
    public subscript(index: Int) -> Value? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The truth value, if it is one.
    public var boolValue: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    /// The whole number, if it is one.
    public var intValue: Int64? {
        if case .int(let number) = self { number } else { nil }
    }

    /// The number, whole or not.
    public var doubleValue: Double? {
        switch self {
        case .double(let number): number
        case .int(let number): Double(number)
        default: nil
        }
    }

    /// The text, if it is one.
    public var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The items, if it is an array.
    public var arrayValue: [Value]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// The pairs, if it is an object.
    public var objectValue: [String: Value]? {
        if case .object(let pairs) = self { pairs } else { nil }
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral truth: Bool) { self = .bool(truth) }
    public init(integerLiteral number: Int64) { self = .int(number) }
    public init(floatLiteral number: Double) { self = .double(number) }
    public init(stringLiteral text: String) { self = .string(text) }
    public init(arrayLiteral items: Value...) { self = .array(items) }

    /// A key that is written twice ends the program, as it does for any dictionary.
    public init(dictionaryLiteral pairs: (String, Value)...) {
        self = .object(Dictionary(uniqueKeysWithValues: pairs))
    }
}

extension Value: CustomStringConvertible {
    /// JSON text, as far as the value has any.
    public var description: String {
        (try? json()) ?? "a value that JSON has no form for"
    }
}
