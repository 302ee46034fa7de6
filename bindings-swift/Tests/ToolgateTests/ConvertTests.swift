import Foundation
import Testing
import Toolgate

/// What may be an argument, and what is refused with its place.
struct ConvertTests {
    let gate = try! Gate(yaml: "audit: off\ndefault: deny\ntools: { note: { decision: allow } }")

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func numbersThatDoNotFitAreRefused(number: Double) {
        let decision = gate.guard(tool: "note", args: ["items": [1, ["x": .double(number)]]])
        #expect(decision.code == "call.number_out_of_range")
        #expect(decision.reason.contains("`args.items[1].x`"))
    }

    @Test(arguments: [
        ("{\"a\": 1, \"a\": 2}", "call.duplicate_key"), ("[1]", "call.malformed_args"),
        ("{\"a\": 18446744073709551615}", "call.number_out_of_range"), ("{\"a\": \"\\ud800\"}", "call.malformed_args"),
        ("{\"a\": 1", "call.malformed_args"),
    ])
    func textThatIsNoObjectIsRefused(text: String, code: String) {
        #expect(gate.guard(ToolCall(tool: "note", json: text)).code == code)
        #expect(throws: (any Error).self) { try Value(json: text).decoded(as: [String: Int].self) }
    }

    @Test(arguments: [["a"], "text", 7, nil] as [Value])
    func argumentsThatAreNoObjectAreMalformed(args: Value) {
        #expect(gate.guard(tool: "note", args: args).code == "call.malformed_args")
    }

    @Test func depthIsBoundedWhereTheCoreBoundsIt() {
        func nested(_ levels: Int) -> Value { (1..<levels).reduce(Value.array([])) { value, _ in [value] } }
        #expect(gate.guard(tool: "note", args: ["a": nested(63)]).allowed)
        #expect(gate.guard(tool: "note", args: ["a": nested(64)]).code == "call.args_too_deep")
        #expect(gate.guard(tool: "note", args: ["a": nested(2000)]).code == "call.args_too_deep")
    }

    @Test func sizeIsBoundedWhereTheCoreBoundsIt() {
        let large = String(repeating: "x", count: 1 << 20)
        #expect(gate.guard(tool: "note", args: ["a": .string(large)]).code == "call.args_too_large")
        #expect(gate.guard(tool: "note", args: ["a": .string(String(large.dropLast(100)))]).allowed)
    }

    @Test func aPlaceNeverShowsAValueNorAnEndlessKey() {
        let key = String(repeating: "k", count: 1000)
        let reason = gate.guard(tool: "note", args: ["secret": "hunter2", "x": [key: .double(.nan)]]).reason
        #expect(!reason.contains("hunter2"))
        #expect(reason.utf8.count < 200)
    }

    @Test func wholeNumbersAndOthersStayApart() throws {
        let text = "[0,-1,9223372036854775807,-9223372036854775808,1.0,-0.0,1e+16,1e-300,0.1]"
        let value = try Value(json: text)
        #expect(value == [0, -1, .int(.max), .int(.min), 1.0, .double(-0.0), 1e16, 1e-300, 0.1])
        #expect(value[0] != .double(0))
        #expect(try value.json() == text)
    }

    @Test(arguments: ["", "é", "e\u{301}", "\u{0}\u{1f}\"\\/\u{2028}😀", "\u{fffe}", "🇩🇪"])
    func textsCrossAsTheyAre(text: String) async throws {
        let args: Value = ["text": .string(text)]
        #expect(try Value(json: args.json())["text"]?.stringValue?.utf8.elementsEqual(text.utf8) == true)
        let call = ToolCall(tool: "note", json: try args.json())
        let seen = try await gate.run(call) { $0["text"]?.stringValue ?? "" }
        #expect(seen.utf8.elementsEqual(text.utf8))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "01", "1.", ".5", "-", "+1", "1e", "nul", "\"\u{1}\"", "\"\\x\"", "\"\\u12\"",
        "\"\\udc00\"", "\"\\ud800\\u0041\"", "{} {}", "{a:1}", "'a'", "NaN", "1e999", "\"", "{\"a\" 1}",
    ])
    func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: ToolgateError.self) { try Value(json: text) }
    }

    @Test func twoSpellingsOfOneKeyAreTwoForTheCoreAndOneForSwift() async throws {
        let call = ToolCall(tool: "note", json: "{\"\u{e9}\": 1, \"e\u{301}\": 2}")
        #expect(gate.guard(call).allowed)
        // No dictionary of Swift could hold what was decided about.
        await #expect(throws: ToolgateError.self) { try await gate.run(call) { _ in } }
    }

    struct Trip: Codable, Sendable, Equatable {
        var to: String
        var day: Date
        var ticket: Data
        var seats: [Int64]
        var note: String?
        var price: Double
    }

    @Test func whatIsEncodableIsAnArgument() async throws {
        let day = Date(timeIntervalSince1970: 1_764_500_000.75)
        let trip = Trip(to: "a/b", day: day, ticket: Data([1, 2]), seats: [.max], note: nil, price: 1.5)
        let value = try Value(encoding: trip)
        #expect(value["day"] == "2025-11-30T10:53:20Z")
        #expect(value["ticket"] == "AQI=")
        #expect(value["seats"] == [.int(.max)])
        let seen = try await gate.run(tool: "note", encoding: trip) { $0 }
        // What the tool sees is what was decided about, to the second.
        #expect(seen.day == Date(timeIntervalSince1970: 1_764_500_000))
        #expect(seen.to == "a/b" && seen.seats == [.max] && seen.note == nil)
    }

    @Test func whatCannotBeEncodedIsADeny() async throws {
        let call = ToolCall(tool: "note", encoding: ["prices": [1.5, .nan]])
        let decision = gate.guard(call)
        #expect(decision.code == "call.unsupported_value")
        #expect(decision.reason.contains("`args.prices[1]`"))
        await #expect(throws: ToolgateError.self) { try await gate.run(call) { _ in itRan() } }
    }

    @Test func valuesAreCodable() throws {
        let value: Value = ["a": [1, 1.5, true, nil, "x", ["b": -7]]]
        #expect(try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value)) == value)
        let large = Data("18446744073709551615".utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Value.self, from: large) }
    }

    @Test func redactTakesAndGivesPlainValues() throws {
        #expect(try redact(["host": "db1", "password": "hunter2"]) == ["host": "db1", "password": "[redacted:key]"])
        #expect(try redact([1, 1.0, nil]) == [1, 1.0, nil])
        #expect(throws: ToolgateError.self) { try redact(.double(.nan)) }
    }
}
