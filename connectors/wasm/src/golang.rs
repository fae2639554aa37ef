//! What Go's own compiler makes becomes a component.
//!
//! The compiler makes a core module for WASI preview 1, and the usual adapter brings it to WASI 0.2. Two things of Go's
//! runtime do not go together with that, and both would show late, in large plugins only:
//!
//! - Go takes all memory behind its data for its own and grows it without looking at where the new pages are. The
//!   adapter's two pages, taken by `memory.grow`, would be in the middle of Go's heap. Therefore our library has room for
//!   them among its data, which begins with a mark ([`ROOM`]), and they are given to the adapter here.
//! - While the host hands data over, a component may not call out (`may_leave` of the Canonical ABI); but room for the
//!   data is taken from Go's heap, and what that sets off asks for the time. It is told the last time it heard.
//!
//! Not implemented: modules of other compilers for WASI preview 1; their tools make components themselves.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, MemArg, Module, TypeSection, ValType,
};
use wasmparser::{Operator, Parser, Payload, TypeRef};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What the room for the adapter's pages begins with. Behind it are two pages and what it takes to align
/// them.
const ROOM: &[u8; 32] = b"hosk: room for the WASI adapter\n";
/// The adapter's pages, one for its stack and one for its state, are multiples of this.
const ALIGNED: u32 = 16;
/// Their size, in bytes.
const PAGE: i32 = 0x10000;

/// The function of a module that makes room for what the host hands over: (old, old size, align, size) → address.
const REALLOC: &str = "hosk_realloc";
/// Its names for the host: for parameters of exports and for results of imports.
const REALLOCS: [&str; 2] = ["cabi_export_realloc", "cabi_import_realloc"];
/// How the adapter's pages are asked for.
const ADAPTER_REALLOC: &str = "cabi_realloc_adapter";
/// The clocks of WASI preview 1: the time of day, and the one that durations are measured with.
const CLOCKS: [(i32, Word); 2] = [(0, Word::Day), (1, Word::Monotonic)];

const WIT: &str = include_str!("../../../plugins/wit/connector.wit");
const WORLD: &str = "connector";

/// Why a module does not become a component.
#[derive(Debug, thiserror::Error)]
pub enum GoError {
    /// Another kind of file, or damaged.
    #[error("what the compiler made cannot be read: {0}")]
    Unreadable(String),
    /// The library of ours is not part of it.
    #[error(
        "the program does not contain the library of hosk: import `hosk.local/hosk` in its main package and call \
         `hosk.Export`"
    )]
    NoLibrary,
    /// It does not fit the interface.
    #[error("the program does not fit the interface of plugins: {0}")]
    Interface(String),
}

/// The component of a core module that Go's compiler made.
///
/// # Errors
/// [`GoError`] says why it cannot be one.
pub fn component_of_go(core: &[u8]) -> Result<Vec<u8>, GoError> {
    let shape = Shape::read(core).map_err(|error| GoError::Unreadable(error.to_string()))?;
    let (Some(realloc), Some(room)) = (shape.realloc, shape.room) else { return Err(GoError::NoLibrary) };
    // The mark stays.
    let pages = (room + ROOM.len() as u32).next_multiple_of(ALIGNED) as i32;
    let mut module = Module::new();
    Rewriter { shape, realloc, pages }
        .parse_core_module(&mut module, Parser::new(0), core)
        .map_err(|error| GoError::Unreadable(error.to_string()))?;
    encoded(module.finish())
}

fn encoded(mut module: Vec<u8>) -> Result<Vec<u8>, GoError> {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("connector.wit", WIT).map_err(unfit)?;
    let world = resolve.select_world(&[package], Some(WORLD)).map_err(unfit)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(unfit)?;
    let encoder = ComponentEncoder::default().validate(true).module(&module).map_err(unfit)?;
    let adapter = (WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER);
    encoder.adapter(adapter.0, adapter.1).map_err(unfit)?.encode().map_err(unfit)
}

/// With its causes.
fn unfit(error: impl std::fmt::Display) -> GoError {
    GoError::Interface(format!("{error:#}"))
}

/// What must be known of a module before it is rewritten.
#[derive(Default)]
struct Shape {
    types: u32,
    /// Functions, imported ones first.
    functions: u32,
    globals: u32,
    /// The import that tells the time.
    clock: Option<u32>,
    /// What is exported as [`REALLOC`].
    realloc: Option<u32>,
    /// Where the room for the adapter is.
    room: Option<u32>,
}

impl Shape {
    fn read(core: &[u8]) -> wasmparser::Result<Self> {
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::TypeSection(types) => shape.types = types.count(),
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        match import.ty {
                            TypeRef::Func(_) => {
                                if import.name == "clock_time_get" {
                                    shape.clock = Some(shape.functions);
                                }
                                shape.functions += 1;
                            }
                            TypeRef::Global(_) => shape.globals += 1,
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(functions) => shape.functions += functions.count(),
                Payload::GlobalSection(globals) => shape.globals += globals.count(),
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if export.name == REALLOC {
                            shape.realloc = Some(export.index);
                        }
                    }
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        let wasmparser::Data { kind, data, .. } = segment?;
                        let wasmparser::DataKind::Active { offset_expr, .. } = kind else { continue };
                        let offset = offset_expr.get_operators_reader().read()?;
                        let place = data.windows(ROOM.len()).position(|window| window == ROOM);
                        if let (Operator::I32Const { value }, Some(place)) = (offset, place) {
                            shape.room = Some(value as u32 + place as u32);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(shape)
    }
}

/// Copies a module and adds to it: types, globals and functions behind those that are there, so that none is renumbered.
struct Rewriter {
    shape: Shape,
    /// What makes room for what the host hands over.
    realloc: u32,
    /// The address of the adapter's pages.
    pages: i32,
}

/// The functions that are added, counted from the module's own.
#[derive(Clone, Copy)]
enum Added {
    /// Makes room while the clock stands still.
    Realloc,
    /// The adapter's pages.
    Pages,
    /// Tells the time, or the last time that was told.
    Clock,
}

/// The globals that are added, counted from the module's own.
#[derive(Clone, Copy)]
enum Word {
    /// 1 while the host hands data over.
    Busy,
    /// The next of the adapter's pages.
    Page,
    /// The last time of day that was told, in nanoseconds.
    Day,
    /// The last time of the other clock.
    Monotonic,
}

impl Rewriter {
    fn added(&self, function: Added) -> u32 {
        self.shape.functions + function as u32
    }

    fn word(&self, word: Word) -> u32 {
        self.shape.globals + word as u32
    }

    /// Marks the host's handing over, and makes room.
    fn realloc(&self) -> Function {
        let mut function = Function::new([]);
        let mut code = function.instructions();
        code.i32_const(1).global_set(self.word(Word::Busy));
        code.local_get(0).local_get(1).local_get(2).local_get(3).call(self.realloc);
        code.i32_const(0).global_set(self.word(Word::Busy)).end();
        function
    }

    /// One page after the other; it is an error of the adapter's to ask for more, or for other sizes.
    fn pages(&self) -> Function {
        let page = self.word(Word::Page);
        let mut function = Function::new([]);
        let mut code = function.instructions();
        code.local_get(3).i32_const(PAGE).i32_ne();
        code.global_get(page).i32_const(self.pages + 2 * PAGE).i32_ge_u().i32_or();
        code.if_(BlockType::Empty).unreachable().end();
        code.global_get(page);
        code.global_get(page).i32_const(PAGE).i32_add().global_set(page).end();
        function
    }

    /// (clock, precision, where to) → error number.
    fn clock(&self) -> Function {
        let mut function = Function::new([]);
        let mut code = function.instructions();
        code.global_get(self.word(Word::Busy)).if_(BlockType::Empty);
        for (clock, word) in CLOCKS {
            code.local_get(0).i32_const(clock).i32_eq().if_(BlockType::Empty);
            code.local_get(2).global_get(self.word(word)).i64_store(word_at()).i32_const(0).return_().end();
        }
        code.end();
        if let Some(clock) = self.shape.clock {
            code.local_get(0).local_get(1).local_get(2).call(clock);
        } else {
            code.unreachable();
        }
        for (clock, word) in CLOCKS {
            code.local_get(0).i32_const(clock).i32_eq().if_(BlockType::Empty);
            code.local_get(2).i64_load(word_at()).global_set(self.word(word)).end();
        }
        code.end();
        function
    }
}

/// A word of 64 bits at the address itself.
fn word_at() -> MemArg {
    MemArg { offset: 0, align: 3, memory_index: 0 }
}

type Rewritten = Result<(), wasm_encoder::reencode::Error>;

impl Reencode for Rewriter {
    type Error = std::convert::Infallible;

    /// Whoever asked for the time asks us.
    fn function_index(&mut self, function: u32) -> Result<u32, wasm_encoder::reencode::Error> {
        if Some(function) == self.shape.clock {
            return Ok(self.added(Added::Clock));
        }
        Ok(function)
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Rewritten {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        types.ty().function([ValType::I32, ValType::I64, ValType::I32], [ValType::I32]);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Rewritten {
        utils::parse_function_section(self, functions, section)?;
        let (makes_room, tells_time) = (self.shape.types, self.shape.types + 1);
        functions.function(makes_room).function(makes_room).function(tells_time);
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Rewritten {
        utils::parse_global_section(self, globals, section)?;
        let kind = |val_type| GlobalType { val_type, mutable: true, shared: false };
        globals.global(kind(ValType::I32), &ConstExpr::i32_const(0));
        globals.global(kind(ValType::I32), &ConstExpr::i32_const(self.pages));
        for _ in CLOCKS {
            globals.global(kind(ValType::I64), &ConstExpr::i64_const(0));
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Rewritten {
        for export in section {
            let export = export?;
            if export.name != REALLOC {
                self.parse_export(exports, export)?;
            }
        }
        for name in REALLOCS {
            exports.export(name, ExportKind::Func, self.added(Added::Realloc));
        }
        exports.export(ADAPTER_REALLOC, ExportKind::Func, self.added(Added::Pages));
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Rewritten {
        utils::parse_code_section(self, code, section)?;
        code.function(&self.realloc()).function(&self.pages()).function(&self.clock());
        Ok(())
    }
}
