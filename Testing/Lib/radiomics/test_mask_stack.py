import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import mask_box
from OVCFRiskLib.radiomics.mask_stack import (
    STACK_MASKS,
    BitCounts,
    MaskBits,
    MaskStack,
    bits_as_number,
    boxes_of_masks,
    counts_by_mask,
    stacks_of,
)


@pytest.mark.parametrize("count", [1, 2, 31, STACK_MASKS])
def test_a_stack_gives_its_masks_back(count):
    masks = list(np.random.default_rng(count).random((count, 3, 4, 5)) > 0.5)
    (stack,) = stacks_of(masks, (3, 4, 5))
    assert stack.count == count
    assert all(np.array_equal(stack.mask(number), mask) for number, mask in enumerate(masks))


def test_more_masks_than_a_stack_holds_make_several():
    masks = list(np.random.default_rng(0).random((STACK_MASKS * 2 + 3, 2, 3, 4)) > 0.5)
    stacks = list(stacks_of(iter(masks), (2, 3, 4)))
    assert [stack.count for stack in stacks] == [STACK_MASKS, STACK_MASKS, 3]
    again = [stack.mask(number) for stack in stacks for number in range(stack.count)]
    assert np.array_equal(again, masks)
    assert list(stacks_of([], (2, 3, 4))) == []


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(OVCFRiskError, match=r"shape \(2, 3, 5\), expected \(2, 3, 4\)"):
        next(stacks_of([np.ones((2, 3, 5), bool)], (2, 3, 4)))


@pytest.mark.parametrize(("voxels", "size"), [(0, 5), (1, 1), (500, 7), (3000, 2000), (40_000, 3)])
@pytest.mark.parametrize("count", [1, 11, 30, STACK_MASKS])
def test_codes_are_counted_in_every_mask(voxels, size, count):
    random = np.random.default_rng(voxels)
    codes = random.integers(0, size, voxels)
    words = random.integers(0, 2**count, voxels, dtype=np.uint64).astype(np.uint32)
    held = MaskBits(words)
    expected = [np.bincount(codes[held.held_by(number)], minlength=size) for number in range(count)]
    counts = counts_by_mask(codes, words, size)
    assert np.array_equal(counts[:, :count].T, expected)
    assert not counts[:, count:].any()


def test_a_code_in_every_voxel_of_every_mask_is_counted_exactly():
    # 200,000 need 18 bits: two masks in one number
    words = np.full(200_000, 2**30 - 1, np.uint32)
    counts = counts_by_mask(np.zeros(200_000, int), words, 2)
    assert counts.tolist() == [[200_000] * 30 + [0] * 2, [0] * STACK_MASKS]


def test_bits_of_all_bytes_are_told_apart():
    words = np.uint32(1) << np.arange(STACK_MASKS, dtype=np.uint32)
    assert np.array_equal([MaskBits(words).held_by(n) for n in range(STACK_MASKS)], np.eye(STACK_MASKS, dtype=bool))
    assert MaskStack(words.reshape(1, 1, -1), STACK_MASKS).mask(31).ravel().tolist() == [False] * 31 + [True]


@pytest.mark.parametrize("added", [0, 1, 2, 3, 26, 40])
def test_bits_of_words_are_counted_for_each_mask(added):
    words = np.random.default_rng(1).integers(0, 2**32, (added + 1, 500), np.uint32)
    words[:, 0] = 2**32 - 1
    counts = BitCounts()
    for further in words:
        counts.add(further)
    columns = [MaskBits(column) for column in counts.columns()]
    for number in (0, 7, 8, STACK_MASKS - 1):
        assert np.array_equal(bits_as_number(columns, number), (words >> np.uint32(number) & 1).sum(axis=0))


def test_each_mask_has_the_box_of_its_voxels():
    random = np.random.default_rng(2)
    masks = random.random((STACK_MASKS, 6, 7, 8)) < 0.01
    masks[3] = False
    (stack,) = stacks_of(masks, masks.shape[1:])
    boxes = boxes_of_masks(stack.words)
    assert boxes[3] is None
    assert boxes == [mask_box(mask) for mask in masks]
