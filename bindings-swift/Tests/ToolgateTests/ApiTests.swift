import Foundation
import Testing

@testable import Toolgate

/// The public names are those of the table that all languages share.
struct ApiTests {
    @Test func thePublicNamesAreThoseOfTheTable() throws {
        let rows = try read("\(repository.path)/tests/vectors/api.json")["names"]?.arrayValue ?? []
        let listed = rows.compactMap { $0["swift"]?.stringValue }
        // What the compiler wrote down; see scripts/test.
        let written = try #require(ProcessInfo.processInfo.environment["TOOLGATE_SYMBOLS"])
        let symbols = try read(written)["symbols"]?.arrayValue ?? []
        let found = Set(symbols.compactMap(name))
        #expect(found.symmetricDifference(listed) == [])
    }
}

/// Types whose members the table lists; of the errors it lists the cases.
private let listing: Set = ["Gate", "Decision", "Context"]
/// What a type owes to protocols of the language.
private let customary: Set = ["description", "encode"]

/// The name of a symbol as the table spells it, if it is one that the table lists.
private func name(_ symbol: Value) -> String? {
    let path = (symbol["pathComponents"]?.arrayValue ?? []).compactMap(\.stringValue)
    guard let last = path.last else { return nil }
    let isCase = symbol["kind"]?["identifier"] == "swift.enum.case"
    let isMember = path.count == 2 && (listing.contains(path[0]) || path[0] == "ToolgateError" && isCase)
    guard path.count == 1 || isMember, !customary.contains(spelled(last)) else { return nil }
    return (path.dropLast() + [spelled(last)]).joined(separator: ".")
}

/// A name without its parameters; of an initializer with the first.
private func spelled(_ title: String) -> String {
    let base = title.prefix { $0 != "(" }
    guard base == "init" else { return String(base) }
    return "init(\(title.dropFirst("init(".count).prefix { $0 != ":" }):)"
}

private func read(_ path: String) throws -> Value {
    try Value(json: String(contentsOfFile: path, encoding: .utf8))
}
