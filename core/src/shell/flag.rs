//! What is noteworthy about a shell line, and what each adds to its risk.

macro_rules! flags {
    ($($name:ident = $text:literal, $weight:literal, $meaning:literal;)*) => {
        /// Something noteworthy about a shell line or one of its commands. Flags only ever add risk.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Flag {
            $(#[doc = $meaning] $name,)*
        }

        impl Flag {
            /// All flags with their names, weights and meanings.
            pub const ALL: &'static [(Flag, &'static str, u8, &'static str)] =
                &[$((Flag::$name, $text, $weight, $meaning),)*];

            /// The name, as policies and records spell it.
            pub fn name(self) -> &'static str {
                match self { $(Flag::$name => $text,)* }
            }

            /// How much it adds to the risk, of 100.
            pub fn weight(self) -> u8 {
                match self { $(Flag::$name => $weight,)* }
            }

            /// The flag called `name`.
            pub fn named(name: &str) -> Option<Flag> {
                match name { $($text => Some(Flag::$name),)* _ => None }
            }
        }
    };
}

flags! {
    PipeToInterpreter = "pipe_to_interpreter", 40, "what a program prints is run as code";
    EncodedCode = "encoded_code", 40, "code is decoded before it runs";
    HiddenProgram = "hidden_program", 25, "the program is reached by an odd name or assembled from parts";
    HistoryTampering = "history_tampering", 40, "the shell's history is cleared or switched off";
    LogTampering = "log_tampering", 40, "logs are cleared or switched off";
    Persistence = "persistence", 40, "something is made to run again later: at login, at boot, on a schedule, in a hook";
    Privilege = "privilege", 30, "it runs with more rights, or gives rights away";
    ReverseShell = "reverse_shell", 60, "a shell is connected to the network";
    ForkBomb = "fork_bomb", 60, "it starts copies of itself without end";
    WriteThenRun = "write_then_run", 30, "a file is written and then run";
    RunsFetchedCode = "runs_fetched_code", 35, "code is fetched from elsewhere and run";
    Uploads = "uploads", 20, "local data is sent to another host";
    Remote = "remote", 15, "it runs on another host";
    Container = "container", 10, "it runs in a container";
    RawDisk = "raw_disk", 60, "a disk is written past its file system, formatted or partitioned";
    Recursive = "recursive", 10, "it goes into all directories below";
    Force = "force", 10, "it overrides a safeguard";
    LosesWork = "loses_work", 20, "work or data may be lost";
    SecurityOff = "security_off", 40, "a protection is switched off";
    Environment = "environment", 25, "a variable changes what programs run or load";
    OptionRuns = "option_runs", 25, "an option of a program that looks harmless runs another";
    Credentials = "credentials", 40, "stored credentials are read or shown";
    PowerState = "power_state", 40, "the machine is stopped or restarted";
    KillsMany = "kills_many", 30, "processes are killed by name or all at once";
    Tunnel = "tunnel", 30, "a port is opened or forwarded";
    Scan = "scan", 20, "hosts or networks are probed";
    Infrastructure = "infrastructure", 30, "shared systems are changed";
    Publishes = "publishes", 30, "something is published for others";
    Background = "background", 5, "something goes on running afterwards";
    UnknownProgram = "unknown_program", 10, "what the program does is not known";
}
