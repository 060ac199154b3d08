"""The import contracts of .importlinter, and the one of our own: modules meet at their front doors."""

from __future__ import annotations

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils
from importlinter.application.contract_utils import AlertLevel
from importlinter.cli import lint_imports

Edge = tuple[str, str]


class FrontDoor(Contract):
    """A module may import from a neighbour only its doors; tests may look anywhere.

    container: the package whose children are the modules.  doors: names of the files that neighbours may import.
    """

    type_name = "front_door"
    container = fields.StringField()
    doors = fields.SetField(subfield=fields.StringField())
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)
    unmatched_ignore_imports_alerting = fields.EnumField(AlertLevel, default=AlertLevel.ERROR)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        removed = contract_utils.remove_ignored_imports_and_report(
            graph=graph,
            ignore_imports=self.ignore_imports,  # type: ignore[arg-type]
            unmatched_alerting=self.unmatched_ignore_imports_alerting,  # type: ignore[arg-type]
        )
        edges = [
            (importer, imported)
            for importer in graph.find_descendants(str(self.container))
            for imported in graph.find_modules_directly_imported_by(importer)
        ]
        wrong = trespassers(str(self.container), frozenset(map(str, self.doors)), edges)  # type: ignore[call-overload]
        return ContractCheck(
            kept=not wrong,
            warnings=list(removed.warnings),
            ignored_import_count=removed.ignored_import_count,
            metadata={"wrong": wrong},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["wrong"]:
            output.print_error(f"- {importer} -> {imported}", bold=True)
        output.new_line()
        output.print(f"Use one of the neighbour's {', '.join(sorted(map(str, self.doors)))} instead.")  # type: ignore[call-overload]


def trespassers(container: str, doors: frozenset[str], edges: list[Edge]) -> list[Edge]:
    """The (importer, imported) pairs that enter a neighbour by something else than a door."""
    return sorted(
        (importer, imported)
        for importer, imported in edges
        if (own := _rooms(container, importer)) and (other := _rooms(container, imported))
        if own[0] != other[0] and "tests" not in own and (len(other) < 2 or other[1] not in doors)
    )


def _rooms(container: str, name: str) -> list[str]:
    """The path below the container; empty for what lies elsewhere."""
    return name.removeprefix(f"{container}.").split(".") if name.startswith(f"{container}.") else []


if __name__ == "__main__":
    sys.exit(lint_imports(no_cache=True))
