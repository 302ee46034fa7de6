/// What has no JSON form, or no value, and where.
struct JSONProblem: Error {
    enum Step {
        case key(String)
        case index(Int)
    }

    let code: String
    let message: String
    /// The way to the place, the innermost step first.
    var trail: [Step] = []

    init(_ code: String, _ message: String, trail: [Step] = []) {
        self.code = code
        self.message = message
        self.trail = trail
    }

    func within(_ step: Step) -> JSONProblem {
        JSONProblem(code, message, trail: trail + [step])
    }

    /// The message with its place; `name` is what the whole is called.
    func told(_ name: String) -> String {
        let place = trail.reversed().reduce(into: name) { place, step in
            switch step {
            case .key(let key): place += "." + shown(key)
            case .index(let index): place += "[\(index)]"
            }
        }
        return "`\(place)` \(message)"
    }
}

/// The beginning of a name, without what a terminal would act on.
private func shown(_ name: String) -> String {
    name.unicodeScalars.prefix(64).map { $0.escaped(asASCII: false) }.joined()
}

/// Levels of arrays and objects that are read or written. The core has narrower limits for what a call may carry.
private let depthMax = 512

/// Writes values as JSON text.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    /// Whether keys are put in order; the core does that by itself.
    private let sorted: Bool

    init(sorted: Bool = false) {
        self.sorted = sorted
        bytes.reserveCapacity(512)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func write(_ value: Value, level: Int = 0) throws(JSONProblem) {
        switch value {
        case .null: put("null")
        case .bool(let truth): put(truth ? "true" : "false")
        case .int(let number): put(String(number))
        case .double(let number): try write(number)
        case .string(let text): write(text)
        case .array(let items): try write(items, level: level + 1)
        case .object(let pairs): try write(pairs, level: level + 1)
        }
    }

    /// One more pair of an object that is written piece by piece.
    mutating func pair(_ key: StaticString, _ value: Value, first: Bool = false) throws(JSONProblem) {
        put(first ? "{\"" : ",\"")
        put(key.description)
        put("\":")
        try write(value)
    }

    mutating func close() {
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(_ number: Double) throws(JSONProblem) {
        guard number.isFinite else { throw JSONProblem("call.number_out_of_range", "is not a finite number") }
        put(number.description)
    }

    private mutating func write(_ items: [Value], level: Int) throws(JSONProblem) {
        try enter(level)
        bytes.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            do { try write(item, level: level) } catch { throw error.within(.index(index)) }
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ pairs: [String: Value], level: Int) throws(JSONProblem) {
        try enter(level)
        bytes.append(UInt8(ascii: "{"))
        if sorted {
            let keys = pairs.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for (index, key) in keys.enumerated() {
                try write(key, pairs[key] ?? .null, first: index == 0, level: level)
            }
        } else {
            var first = true
            for (key, item) in pairs {
                try write(key, item, first: first, level: level)
                first = false
            }
        }
        close()
    }

    private mutating func write(_ key: String, _ item: Value, first: Bool, level: Int) throws(JSONProblem) {
        if !first { bytes.append(UInt8(ascii: ",")) }
        write(key)
        bytes.append(UInt8(ascii: ":"))
        do { try write(item, level: level) } catch { throw error.within(.key(key)) }
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if isPlain(utf8) { bytes.append(contentsOf: utf8) } else { utf8.forEach { escape($0) } }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether nothing has to be escaped. It looks at every byte, so that it can look at many at once.
    private func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        let odd = utf8.reduce(0 as UInt8) { odd, byte in
            odd | (byte < 0x20 ? 1 : 0) | (byte == UInt8(ascii: "\"") ? 1 : 0) | (byte == UInt8(ascii: "\\") ? 1 : 0)
        }
        return odd == 0
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case ..<0x20: put("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
        default: bytes.append(byte)
        }
    }

    mutating func put(_ plain: String) {
        bytes.append(contentsOf: plain.utf8)
    }

    private func enter(_ level: Int) throws(JSONProblem) {
        guard level <= depthMax else { throw JSONProblem("call.args_too_deep", "is nested too deep") }
    }
}

/// Reads JSON text strictly, as the core does: no duplicate keys, no numbers that do not fit.
struct JSONReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func document() throws(JSONProblem) -> Value {
        let value = try value(level: 0)
        skipSpace()
        guard at == bytes.count else { throw malformed("something follows the value") }
        return value
    }

    private mutating func value(level: Int) throws(JSONProblem) -> Value {
        guard level <= depthMax else { throw JSONProblem("call.args_too_deep", "the JSON text is nested too deep") }
        skipSpace()
        switch peek ?? 0 {
        case UInt8(ascii: "{"): return .object(try object(level: level + 1))
        case UInt8(ascii: "["): return .array(try array(level: level + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: return try word()
        }
    }

    private mutating func object(level: Int) throws(JSONProblem) -> [String: Value] {
        var pairs: [String: Value] = [:]
        at += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return pairs }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw malformed("a key is missing") }
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw malformed("a colon is missing") }
            // Swift takes two spellings of one character for equal, and so for one key.
            guard pairs.updateValue(try value(level: level), forKey: key) == nil else {
                throw JSONProblem("call.duplicate_key", "`\(key)` is given twice")
            }
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw malformed("an object does not end") }
        return pairs
    }

    private mutating func array(level: Int) throws(JSONProblem) -> [Value] {
        var items: [Value] = []
        at += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return items }
        repeat {
            items.append(try value(level: level))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw malformed("an array does not end") }
        return items
    }

    private mutating func word() throws(JSONProblem) -> Value {
        let words: [(StaticString, Value)] = [("null", .null), ("true", .bool(true)), ("false", .bool(false))]
        for (word, value) in words where bytes[at...].starts(with: word.description.utf8) {
            at += word.utf8CodeUnitCount
            return value
        }
        throw malformed("a value is missing")
    }

    private mutating func number() throws(JSONProblem) -> Value {
        let start = at
        _ = take(UInt8(ascii: "-"))
        let leading = peek
        let whole = digits()
        var exact = whole > 0 && (leading != UInt8(ascii: "0") || whole == 1)
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            exact = digits() > 0 && exact
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            exact = digits() > 0 && exact
        }
        guard exact else { throw malformed("a number is not written as JSON has it") }
        return try number(String(decoding: bytes[start..<at], as: UTF8.self), isWhole: isWhole)
    }

    private func number(_ text: String, isWhole: Bool) throws(JSONProblem) -> Value {
        if isWhole, text != "-0" {
            guard let number = Int64(text) else {
                throw JSONProblem("call.number_out_of_range", "a number does not fit in 64 bits")
            }
            return .int(number)
        }
        guard let number = Double(text), number.isFinite else {
            throw JSONProblem("call.number_out_of_range", "a number is not finite")
        }
        return .double(number)
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        return at - start
    }

    private mutating func string() throws(JSONProblem) -> String {
        at += 1
        let start = at
        while let byte = peek, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { at += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { at += 1 }
            return String(decoding: bytes[start..<at], as: UTF8.self)
        }
        return try escapedString(Array(bytes[start..<at]))
    }

    private mutating func escapedString(_ beginning: [UInt8]) throws(JSONProblem) -> String {
        var utf8 = beginning
        while let byte = peek, byte >= 0x20 {
            at += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: utf8, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                utf8.append(contentsOf: String(try escape()).utf8)
            } else {
                utf8.append(byte)
            }
        }
        throw malformed("a text does not end, or has a control character")
    }

    private mutating func escape() throws(JSONProblem) -> Character {
        defer { at += 1 }
        switch peek {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try scalar())
        default: throw malformed("an escape is not one of JSON's")
        }
    }

    /// The scalar of `\uXXXX`, or of two that make one; ends at its last digit.
    private mutating func scalar() throws(JSONProblem) -> Unicode.Scalar {
        let high = try hex()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, bytes[at...].dropFirst().starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
            throw malformed("a lone surrogate is no text")
        }
        at += 2
        let low = try hex()
        guard (0xDC00...0xDFFF).contains(low) else { throw malformed("a lone surrogate is no text") }
        let combined = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        return Unicode.Scalar(combined) ?? "\u{FFFD}"
    }

    private mutating func hex() throws(JSONProblem) -> UInt32 {
        let digits = bytes[at...].dropFirst().prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw malformed("an escape has four hexadecimal digits") }
        at += 4
        return number
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        at += 1
        return true
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func malformed(_ what: String) -> JSONProblem {
        JSONProblem("call.malformed_args", "the JSON text cannot be read at byte \(at): \(what)")
    }
}
