"""A program's text gives what it comes to."""

import pytest

from batchmark.training.counting.program import Cost, Program, cost_of, digest_of

DENSE = """HloModule a_inference_step_12, is_scheduled=true, entry_computation_layout={(f32[8,4]{1,0})->f32[8,3]{1,0}}

%fused_computation (param_0: f32[8,3], param_1: f32[3]) -> f32[8,3] {
  %param_0 = f32[8,3]{1,0} parameter(0)
  %param_1 = f32[3]{0} parameter(1)
  %broadcast.1 = f32[8,3]{1,0} broadcast(f32[3]{0} %param_1), dimensions={1}
  %add.1 = f32[8,3]{1,0} add(%param_0, f32[8,3]{1,0} %broadcast.1), metadata={op_name="a/{b}" source_line=3}
  ROOT %tanh.1 = f32[8,3]{1,0} tanh(f32[8,3]{1,0} %add.1)
}

ENTRY %a_inference_step_12 (arg0: f32[8,4], arg1: f32[4,3], arg2: f32[3]) -> f32[8,3] {
  %arg0 = f32[8,4]{1,0} parameter(0), parameter_replication={false}
  %arg1 = f32[4,3]{1,0} parameter(1)
  %arg2 = f32[3]{0} parameter(2)
  %dot.1 = f32[8,3] dot(f32[8,4]{1,0} %arg0, f32[4,3]{1,0} %arg1), lhs_contracting_dims={1}, rhs_contracting_dims={0}
  ROOT %fusion = f32[8,3]{1,0} fusion(f32[8,3]{1,0} %dot.1, f32[3]{0} %arg2), kind=kLoop, calls=%fused_computation
}
"""


def test_a_dense_layer_is_a_product_of_matrices_and_a_fusion() -> None:
    moved_by_dot = 4 * (8 * 4 + 4 * 3 + 8 * 3)
    moved_by_fusion = 4 * (8 * 3 + 3 + 8 * 3)
    assert cost_of(Program(DENSE)) == Cost(
        # dot, fusion, and in it a broadcast, an addition and tanh
        instructions=5,
        fusions=1,
        # XLA tells tanh by itself.
        flops=2 * 8 * 3 * 4 + 8 * 3,
        bytes=moved_by_dot + moved_by_fusion,
    )


def test_operands_may_be_printed_without_their_types() -> None:
    bare = DENSE.replace("f32[8,4]{1,0} %arg0, f32[4,3]{1,0} %arg1", "%arg0, %arg1")
    assert cost_of(Program(bare)) == cost_of(Program(DENSE))


CONVOLUTION = """HloModule c

ENTRY %main (x: f32[2,9,9,3], k: f32[3,3,3,5]) -> f32[2,7,7,5] {
  %x = f32[2,9,9,3]{3,2,1,0} parameter(0)
  %k = f32[3,3,3,5]{3,2,1,0} parameter(1)
  ROOT %convolution = f32[2,7,7,5]{3,2,1,0} convolution(%x, %k), window={size=3x3}, dim_labels=b01f_01io->b01f
}
"""


def test_a_convolution_adds_up_its_window() -> None:
    assert cost_of(Program(CONVOLUTION)).flops == 2 * (2 * 7 * 7 * 5) * (3 * 3 * 3)


def test_programs_are_the_same_whatever_their_lines_and_names() -> None:
    renamed = (
        DENSE.replace("%dot.1", "%dot.77").replace("source_line=3", "source_line=40").replace("step_12", "step_99")
    )
    assert digest_of(Program(renamed)) == digest_of(Program(DENSE))
    other = DENSE.replace("tanh(", "exponential(")
    assert digest_of(Program(other)) != digest_of(Program(DENSE))


def test_tables_of_files_and_lines_and_braces_in_names_are_no_part_of_a_program() -> None:
    tables = 'FileNames\n1 "/a/b.py"\n\nFileLocations\n1 {file_name_id=1 line=4}\n\n%fused'
    elsewhere = DENSE.replace("%fused", tables, 1)
    assert digest_of(Program(elsewhere)) == digest_of(Program(DENSE))
    odd = DENSE.replace('op_name="a/{b}"', 'op_name="a/{b\\"}{"')
    assert digest_of(Program(odd)) == digest_of(Program(DENSE))
    assert digest_of(Program(odd.replace("%fused", tables.replace("line=4", "line=9"), 1))) == digest_of(Program(DENSE))


def test_how_a_library_is_called_is_a_part_of_a_program() -> None:
    called, otherwise = (
        DENSE.replace("rhs_contracting_dims={0}", f'rhs_contracting_dims={{0}}, backend_config={{"threads":"{count}"}}')
        for count in (1, 2)
    )
    assert digest_of(Program(called)) != digest_of(Program(otherwise))


def test_what_is_no_program_is_refused() -> None:
    with pytest.raises(ValueError, match="no program"):
        cost_of(Program("UNIMPLEMENTED: no such stage"))
