import Foundation

extension Value: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let truth = try? container.decode(Bool.self) {
            self = .bool(truth)
        } else if let number = try? container.decode(Int64.self) {
            self = .int(number)
        } else if (try? container.decode(UInt64.self)) != nil {
            // As a `Double` it would be another number.
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a number does not fit in 64 bits")
        } else if let number = try? container.decode(Double.self) {
            self = .double(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let items = try? container.decode([Value].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: Value].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let truth): try container.encode(truth)
        case .int(let number): try container.encode(number)
        case .double(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let items): try container.encode(items)
        case .object(let pairs): try container.encode(pairs)
        }
    }
}

extension Value {
    /// The value that `object` encodes to: dates as ISO 8601 text in UTC to the second, data as Base64.
    public init(encoding object: some Encodable) throws {
        do {
            try self.init(json: encodedText(object))
        } catch let problem as JSONProblem {
            throw ToolgateError.failed(problem.told("value"), code: problem.code)
        }
    }

    /// Makes a `Type` of the value, the way it was encoded.
    public func decoded<Type: Decodable>(as type: Type.Type = Type.self) throws -> Type {
        if let value = self as? Type { return value }
        return try decoder().decode(type, from: Data(json().utf8))
    }
}

/// JSON text of `object`.
func encodedText(_ object: some Encodable) throws(JSONProblem) -> String {
    do {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(object), as: UTF8.self)
    } catch EncodingError.invalidValue(_, let context) {
        throw JSONProblem("call.unsupported_value", "cannot be encoded", trail: context.codingPath.reversed().map(step))
    } catch {
        throw JSONProblem("call.unsupported_value", "cannot be encoded: \(type(of: error))")
    }
}

private func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
}

private func step(_ key: any CodingKey) -> JSONProblem.Step {
    key.intValue.map { .index($0) } ?? .key(key.stringValue)
}
