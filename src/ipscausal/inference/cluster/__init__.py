"""From the residuals of whole clusters: sandwich variances, the jackknife, leverage."""
