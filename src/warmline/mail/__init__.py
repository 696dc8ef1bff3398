"""Letters to shoppers and teammates."""
