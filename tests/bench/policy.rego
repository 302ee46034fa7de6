# What Rego can say of the ten calls. Taking a command line apart would need a reader of its own.
package toolgate

default verdict := "require_approval"

verdict := "deny" if denied

verdict := "require_approval" if {
	not denied
	held
}

verdict := "allow" if {
	not denied
	not held
	allowed
}

is_file if input.tool in {"read_file", "write_file"}

is_charge if input.tool == "stripe.charges.create"

on_the_interface if startswith(lower(input.args.url), "https://api.github.com/")

allowed if {
	is_file
	startswith(input.args.path, "/workspace/")
}

allowed if {
	input.tool == "http.request"
	on_the_interface
	input.args.method == "GET"
}

allowed if is_charge

allowed if {
	input.tool == "Bash"
	input.args.command in {"git diff", "git diff --stat"}
}

denied if {
	is_file
	contains(input.args.path, "..")
}

denied if {
	input.tool == "http.request"
	not on_the_interface
}

denied if {
	is_charge
	input.args.amount > 10000
}

denied if {
	input.tool == "Bash"
	contains(input.args.command, "/.ssh/")
}

held if {
	input.tool == "write_file"
	startswith(input.args.path, "/workspace/.github/")
}

held if {
	is_charge
	input.args.amount > 1000
}
